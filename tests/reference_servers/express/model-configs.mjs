/** The routes of model configs. */
import express from 'express';
import { HttpError, badRequest } from './errors.mjs';
import { SCOPES, readCount, readQuery, validateCreate, validateUpdate } from './validation.mjs';

/**
 * Returns `text` so that strings that differ only in case become equal. Both steps are needed: `ς` and `σ` are equal
 * only in upper case, `ẞ` and `ß` only after they were made lower case.
 */
const foldCase = (text) => text.toLowerCase().toUpperCase();

export function createModelConfigRoutes({ style, store, directory, serialize, readBody, fail, refuseMethod }) {
  const router = express.Router(style.routing);

  function requireVirtualKey({ scope, scope_id }) {
    if (scope === 'virtual_key' && !directory.virtualKeys.has(scope_id)) {
      throw new HttpError(style.statusOfUnknownVirtualKey, 'there is no virtual key with the id that scope_id names');
    }
  }

  function createFilter({ scope, provider, search }) {
    if (scope && !SCOPES.includes(scope) && style.refusesUnknownScopeFilter) {
      throw badRequest(`scope must be one of ${SCOPES.join(', ')}`);
    }
    const part = foldCase(search ?? '');
    return (config) =>
      (!scope || config.scope === scope) &&
      (!provider || config.provider === provider) &&
      (part === '' || foldCase(config.model_name).includes(part));
  }

  function list(request, response) {
    const query = readQuery(request.query, style);
    const isFiltered = Boolean(query.search || query.scope || query.provider);
    const limit = Math.min(readCount(query, 'limit') ?? style.defaultPage({ isFiltered }), style.maximumPage);
    const offset = readCount(query, 'offset') ?? 0;
    const matches = createFilter(query);
    fail(request, 'collection', { isAfterStore: false });
    const found = store.list().filter(matches);
    const page = found.slice(offset, offset + limit).map(serialize);
    fail(request, 'collection', { isAfterStore: true });
    const shownLimit = Number.isFinite(limit) ? limit : page.length;
    const pageFields = style.sendsPageFields && { count: page.length, limit: shownLimit, offset };
    response.sendJson({ model_configs: page, total_count: found.length, ...pageFields });
  }

  function create(request, response) {
    const fields = validateCreate(request.json, style);
    requireVirtualKey(fields);
    fail(request, 'collection', { isAfterStore: false });
    const config = store.create(fields);
    fail(request, 'collection', { isAfterStore: true });
    response.sendJson({ message: 'Model config created successfully', model_config: serialize(config) });
  }

  function read(request, response) {
    fail(request, 'item', { isAfterStore: false });
    const config = store.get(request.params.mc_id);
    fail(request, 'item', { isAfterStore: true });
    response.sendJson({ model_config: serialize(config) });
  }

  function update(request, response) {
    if (!style.validatesBeforeLookup) store.get(request.params.mc_id);
    const changes = validateUpdate(request.json, style);
    fail(request, 'item', { isAfterStore: false });
    const config = store.update(request.params.mc_id, changes);
    fail(request, 'item', { isAfterStore: true });
    response.sendJson({ message: 'Model config updated successfully', model_config: serialize(config) });
  }

  function remove(request, response) {
    fail(request, 'item', { isAfterStore: false });
    store.delete(request.params.mc_id);
    fail(request, 'item', { isAfterStore: true });
    response.sendJson({ message: 'Model config deleted successfully' });
  }

  router
    .route('/governance/model-configs')
    .get(list)
    .post(readBody, create)
    .all(refuseMethod('GET, HEAD, POST'));
  router
    .route('/governance/model-configs/:mc_id')
    .get(read)
    .put(readBody, update)
    .delete(remove)
    .all(refuseMethod('GET, HEAD, PUT, DELETE'));
  return router;
}
