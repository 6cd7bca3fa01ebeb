/** The read-only routes of virtual keys, users, providers and models. */
import express from 'express';
import { notFound } from './errors.mjs';
import { models, providers } from './lookups.mjs';
import { readCount, readQuery } from './validation.mjs';

const MAXIMUM_PAGE = 100;

export function createLookupRoutes({ style, directory: { virtualKeys, users }, refuseMethod }) {
  const router = express.Router(style.routing);
  const addGet = (path, handle) => router.route(path).get(handle).all(refuseMethod('GET, HEAD'));
  const readLimit = (query) => Math.min(readCount(query, 'limit') ?? MAXIMUM_PAGE, MAXIMUM_PAGE);

  addGet('/governance/virtual-keys', (request, response) => {
    const query = readQuery(request.query, style);
    const [limit, offset] = [readLimit(query), readCount(query, 'offset') ?? 0];
    const page = [...virtualKeys.values()].slice(offset, offset + limit);
    response.sendJson({ virtual_keys: page, count: page.length, total_count: virtualKeys.size, limit, offset });
  });

  addGet('/governance/virtual-keys/:vk_id', (request, response) => {
    const virtualKey = virtualKeys.get(request.params.vk_id);
    if (virtualKey === undefined) throw notFound('there is no virtual key with this id');
    response.sendJson({ virtual_key: virtualKey });
  });

  addGet('/users', (request, response) => {
    const query = readQuery(request.query, style);
    const [limit, page] = [readLimit(query), readCount(query, 'page', { minimum: 1 }) ?? 1];
    const start = (page - 1) * limit;
    const totalPages = limit === 0 ? 0 : Math.ceil(users.size / limit);
    response.sendJson({
      users: [...users.values()].slice(start, start + limit),
      total: users.size,
      page,
      limit,
      total_pages: totalPages,
      has_more: page < totalPages,
    });
  });

  addGet('/providers', (request, response) => response.sendJson({ providers, total: providers.length }));
  addGet('/models', (request, response) => response.sendJson({ models, total: models.length }));
  return router;
}
