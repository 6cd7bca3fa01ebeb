/** Turns request bodies into validated values; each function throws an `HttpError` with status 400. */
import { identifyWindow, isDuration } from './durations.mjs';
import { badRequest } from './errors.mjs';
import { JsonNumber } from './json.mjs';

export const SCOPES = ['global', 'virtual_key', 'user'];
const MAXIMUM_INT64 = 2n ** 63n - 1n;
const FIELDS = {
  create: ['model_name', 'provider', 'scope', 'scope_id', 'budgets', 'rate_limit'],
  update: ['model_name', 'provider', 'budgets', 'rate_limit'],
  createBudget: ['max_limit', 'reset_duration'],
  updateBudget: ['id', 'max_limit', 'reset_duration'],
  rateLimit: ['token_max_limit', 'token_reset_duration', 'request_max_limit', 'request_reset_duration'],
};

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);

function requireObject(value, name) {
  if (!isObject(value)) throw badRequest(`${name} must be a JSON object`);
}

function refuseUnknownFields(object, known, style) {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown !== undefined && !style.acceptsUnknownFields) throw badRequest(`unknown field ${JSON.stringify(unknown)}`);
}

/** Whether an optional field counts as absent; null is refused in the style that does not take it. */
function isAbsent(object, name, acceptsNull) {
  if (object[name] === null && !acceptsNull) throw badRequest(`${name} must not be null`);
  return object[name] === undefined || object[name] === null;
}

function readString(value, name, style) {
  if (typeof value !== 'string') throw badRequest(`${name} must be a string`);
  if (!style.acceptsLoneSurrogates && !value.isWellFormed()) throw badRequest(`${name} must be valid Unicode`);
  return value;
}

function readModelName(value, style) {
  const name = readString(value, 'model_name', style);
  // trim() would also take U+FEFF for white space, which Unicode does not.
  if (/^\p{White_Space}*$/u.test(name)) throw badRequest('model_name must not be empty');
  return name;
}

/** Returns the provider, null for all providers. */
function readProvider(value, style) {
  const provider = readString(value, 'provider', style);
  if (provider !== '') return provider;
  if (!style.acceptsEmptyProvider) throw badRequest('provider must not be empty');
  return null;
}

function readScope(body, style) {
  if (isAbsent(body, 'scope', style.acceptsNull)) return 'global';
  const scope = readString(body.scope, 'scope', style);
  if (!SCOPES.includes(scope)) throw badRequest(`scope must be one of ${SCOPES.join(', ')}`);
  return scope;
}

function readScopeId(body, scope, style) {
  const isGlobal = scope === 'global';
  if (isAbsent(body, 'scope_id', style.acceptsNull || !isGlobal) || readString(body.scope_id, 'scope_id', style) === '') {
    if (isGlobal) return null;
    throw badRequest(`scope_id is required when scope is ${scope}`);
  }
  if (!isGlobal) return body.scope_id;
  if (!style.acceptsGlobalScopeId) throw badRequest('scope_id must not be sent when scope is global');
  return null;
}

function readDuration(value, name, style) {
  const duration = readString(value, name, style);
  if (!isDuration(duration, style)) {
    throw badRequest(`${name} must be a positive whole number and one unit of s m h d w M Y`);
  }
  return duration;
}

function readMaxLimit(value) {
  if (!(value instanceof JsonNumber)) throw badRequest('max_limit must be a number');
  const limit = value.toDouble();
  if (!(limit > 0) || limit === Infinity) throw badRequest('max_limit must be greater than 0 and fit into a double');
  return limit;
}

function readInt64Limit(value, name, style) {
  const integer = value instanceof JsonNumber ? value.toInteger() : null;
  if (integer === null || !(style.acceptsIntegersWithExponent || value.isPlainInteger())) {
    throw badRequest(`${name} must be an integer`);
  }
  if (integer < 1n || integer > MAXIMUM_INT64) throw badRequest(`${name} must be from 1 to ${MAXIMUM_INT64}`);
  return integer;
}

function readBudget(entry, known, style) {
  requireObject(entry, 'each entry of budgets');
  refuseUnknownFields(entry, known, style);
  for (const name of ['max_limit', 'reset_duration']) {
    if (entry[name] === undefined || entry[name] === null) throw badRequest(`${name} is required in each entry of budgets`);
  }
  const isContinued = known.includes('id') && !isAbsent(entry, 'id', true);
  return {
    id: isContinued ? readString(entry.id, 'id', style) : null,
    max_limit: readMaxLimit(entry.max_limit),
    reset_duration: readDuration(entry.reset_duration, 'reset_duration', style),
  };
}

function readBudgets(value, known, style) {
  if (!Array.isArray(value)) throw badRequest('budgets must be an array');
  const budgets = value.map((entry) => readBudget(entry, known, style));
  const windows = new Set(budgets.map((budget) => identifyWindow(budget.reset_duration, style)));
  if (windows.size < budgets.length) throw badRequest('each entry of budgets must have a unique reset_duration');
  return budgets;
}

function readMetric(object, metric, style) {
  const [max, duration] = [`${metric}_max_limit`, `${metric}_reset_duration`];
  const hasMax = !isAbsent(object, max, style.acceptsNull);
  const hasDuration = !isAbsent(object, duration, style.acceptsNull);
  const fields = {};
  if (hasMax) fields[max] = readInt64Limit(object[max], max, style);
  if (hasDuration) fields[duration] = readDuration(object[duration], duration, style);
  if (hasMax && !hasDuration) throw badRequest(`${duration} is required when ${max} is sent`);
  return hasMax || style.keepsLoneDurations ? fields : {};
}

function readRateLimit(value, style) {
  requireObject(value, 'rate_limit');
  refuseUnknownFields(value, FIELDS.rateLimit, style);
  return { ...readMetric(value, 'token', style), ...readMetric(value, 'request', style) };
}

/** Returns what a create asks for; `rate_limit` is null where there is none. */
export function validateCreate(body, style) {
  requireObject(body, 'the body');
  refuseUnknownFields(body, FIELDS.create, style);
  if (body.model_name === undefined || body.model_name === null) throw badRequest('model_name is required');
  const has = (name) => !isAbsent(body, name, style.acceptsNull);
  const scope = readScope(body, style);
  const rateLimit = has('rate_limit') ? readRateLimit(body.rate_limit, style) : null;
  const isEmpty = rateLimit !== null && Object.keys(rateLimit).length === 0;
  return {
    model_name: readModelName(body.model_name, style),
    provider: has('provider') ? readProvider(body.provider, style) : null,
    scope,
    scope_id: readScopeId(body, scope, style),
    budgets: has('budgets') ? readBudgets(body.budgets, FIELDS.createBudget, style) : [],
    rate_limit: isEmpty && !style.keepsEmptyRateLimit ? null : rateLimit,
  };
}

/** Returns the fields that an update changes; a `rate_limit` of null removes the rate limit. */
export function validateUpdate(body, style) {
  requireObject(body, 'the body');
  refuseUnknownFields(body, FIELDS.update, style);
  const has = (name) => !isAbsent(body, name, true);
  const changes = {};
  if (has('model_name')) changes.model_name = readModelName(body.model_name, style);
  if (has('provider')) changes.provider = readProvider(body.provider, style);
  if (has('budgets')) changes.budgets = readBudgets(body.budgets, FIELDS.updateBudget, style);
  if (has('rate_limit')) {
    const rateLimit = readRateLimit(body.rate_limit, style);
    changes.rate_limit = Object.keys(rateLimit).length === 0 ? null : rateLimit;
  }
  return changes;
}

/** Returns a whole number from the query string, or null where the parameter is absent. */
export function readCount(query, name, { minimum = 0 } = {}) {
  const text = query[name];
  if (text === undefined) return null;
  if (!/^[0-9]+$/.test(text) || Number(text) < minimum) {
    throw badRequest(`${name} must be a whole number of at least ${minimum}`);
  }
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** Returns each query parameter once. */
export function readQuery(query, style) {
  const entries = Object.entries(query).map(([name, value]) => {
    if (!Array.isArray(value)) return [name, value];
    if (!style.acceptsRepeatedParameters) throw badRequest(`the parameter ${name} must not be repeated`);
    return [name, value[0]];
  });
  return Object.fromEntries(entries);
}
