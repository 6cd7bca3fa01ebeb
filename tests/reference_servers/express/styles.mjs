/**
 * Two ways to build the same API. They differ only where the contract leaves a choice, so both are correct.
 * Every option says what the server does where it is true.
 */

const plain = {
  // Responses
  leavesOutEmptyFields: true, // else null
  sendsBudgetMirror: true,
  sendsPageFields: true, // count, limit, offset
  sendsExtras: false, // more fields, more headers, a cookie
  sortsBudgets: false, // else in the order of the request
  hasEscapedIds: false, // ids with / and % in them, else UUIDs
  closesAfterErrors: false,
  sendsEtag: true,
  formatTime: (milliseconds) => new Date(milliseconds).toISOString(),
  timeStep: 1, // milliseconds by which an update moves updated_at at least

  // Status codes
  statusOfTakenIdentity: 409,
  statusOfUnknownVirtualKey: 400,
  statusOfMalformedPath: 400,
  validatesBeforeLookup: false, // of an update with an unknown id: 400 first, else 404 first

  // Requests
  bodyLimit: '1mb',
  acceptsAnyContentType: true,
  acceptsDuplicateKeys: true,
  acceptsUnknownFields: true,
  acceptsNull: true, // for optional fields of a create
  acceptsLoneSurrogates: true,
  acceptsGlobalScopeId: true, // ignored
  acceptsIntegersWithExponent: true, // 1.0 and 1e3
  acceptsEmptyProvider: true, // means all providers
  acceptsRepeatedParameters: true, // the first one counts
  acceptsGoDurations: true,
  comparesConvertedDurations: false, // 1d and 24h are one window
  keepsLoneDurations: true, // a rate limit's duration without its max
  keepsEmptyRateLimit: false, // of a create
  keepsRateLimitId: true, // when an update replaces the rate limit
  keepsResetGrid: true, // a window begins where the last one ended, else at the request that finds it over

  // Lists
  refusesUnknownScopeFilter: true, // else an empty page
  maximumPage: 100,
  defaultPage: ({ isFiltered }) => (isFiltered ? 25 : 100),
  routing: { caseSensitive: true, strict: false },
};

const TWO_HOURS = 7_200_000;

const other = {
  leavesOutEmptyFields: false,
  sendsBudgetMirror: false,
  sendsPageFields: false,
  sendsExtras: true,
  sortsBudgets: true,
  hasEscapedIds: true,
  closesAfterErrors: true,
  sendsEtag: false,
  formatTime: (milliseconds) => `${new Date(milliseconds + TWO_HOURS).toISOString().slice(0, 19)}+02:00`,
  timeStep: 0,

  statusOfTakenIdentity: 400,
  statusOfUnknownVirtualKey: 404,
  statusOfMalformedPath: 404,
  validatesBeforeLookup: true,

  bodyLimit: '5mb',
  acceptsAnyContentType: false,
  acceptsDuplicateKeys: false,
  acceptsUnknownFields: false,
  acceptsNull: false,
  acceptsLoneSurrogates: false,
  acceptsGlobalScopeId: false,
  acceptsIntegersWithExponent: false,
  acceptsEmptyProvider: false,
  acceptsRepeatedParameters: false,
  acceptsGoDurations: false,
  comparesConvertedDurations: true,
  keepsLoneDurations: false,
  keepsEmptyRateLimit: true,
  keepsRateLimitId: false,
  keepsResetGrid: false,

  refusesUnknownScopeFilter: false,
  maximumPage: Infinity,
  defaultPage: () => Infinity,
  routing: { caseSensitive: true, strict: true },
};

export const styles = { plain, other };
