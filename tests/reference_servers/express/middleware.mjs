/** Authentication, request bodies, responses and errors. */
import { createHash, timingSafeEqual } from 'node:crypto';
import express from 'express';
import { HttpError, badRequest, buildErrorBody } from './errors.mjs';
import { UnhandledFailure } from './failures.mjs';
import { JsonSyntaxError, readJson, writeJson } from './json.mjs';

const hash = (text) => createHash('sha256').update(text).digest();

/** Adds `response.sendJson`, which keeps 64-bit integers exact. */
export function addSendJson(request, response, next) {
  response.sendJson = (body) => response.type('json').send(writeJson(body));
  next();
}

export function authenticate(apiKey, style) {
  const expected = hash(apiKey);
  return function checkKey(request, response, next) {
    const [, key] = /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '') ?? [];
    // Hashes have one length, which timingSafeEqual needs.
    if (key === undefined || !timingSafeEqual(hash(key), expected)) {
      response.set('WWW-Authenticate', 'Bearer');
      throw new HttpError(401, 'send "Authorization: Bearer <management API key>"');
    }
    if (style.sendsExtras) response.cookie('session', 'none-needed', { httpOnly: true }).set('X-Api-Version', '1');
    next();
  };
}

/** Returns the middleware that reads a JSON body into `request.json`, and its text into `request.text`. */
export function readJsonBody(style) {
  function checkContentType(request, response, next) {
    if (style.acceptsAnyContentType) return next();
    const isJson = request.is('application/json') || request.headers['content-type'] === undefined;
    const [, charset = 'utf-8'] = /;\s*charset="?([^";\s]+)/i.exec(request.headers['content-type'] ?? '') ?? [];
    if (!isJson || charset.toLowerCase() !== 'utf-8') {
      throw new HttpError(415, 'the body must be application/json in UTF-8');
    }
    next();
  }

  function parse(request, response, next) {
    try {
      // The text is decoded here, because express.json() would replace bytes that are not UTF-8.
      request.text = new TextDecoder('utf-8', { fatal: true }).decode(request.body);
    } catch {
      throw badRequest('the body is not valid UTF-8');
    }
    request.json = readJson(request.text, { allowDuplicateKeys: style.acceptsDuplicateKeys });
    next();
  }

  return [checkContentType, express.raw({ type: () => true, limit: style.bodyLimit }), parse];
}

export function refuseMethod(allowed) {
  return (request, response) => {
    response.set('Allow', allowed);
    throw new HttpError(405, `${request.method} is not supported here; use ${allowed}`);
  };
}

export function refuseUnknownPath() {
  throw new HttpError(404, 'there is no such path');
}

function readStatus(error, style) {
  if (error instanceof JsonSyntaxError) return 400;
  if (error instanceof URIError) return style.statusOfMalformedPath;
  return error.status >= 400 && error.status < 500 ? error.status : 500;
}

export function handleErrors(style) {
  // Express knows an error handler by its four parameters.
  return function sendError(error, request, response, next) {
    if (response.headersSent || error instanceof UnhandledFailure) return next(error);
    const status = readStatus(error, style);
    if (status === 500) console.error(error);
    const send = () => response.status(status).sendJson(buildErrorBody(status, status === 500 ? 'internal server error' : error.message));
    if (!style.closesAfterErrors) return send();
    response.set('Connection', 'close');
    // To close while the client still sends would cost it the response.
    if (request.complete || request.readableEnded) return send();
    request.once('end', send).resume();
  };
}
