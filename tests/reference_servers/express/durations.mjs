/** Durations of windows: a positive whole number and one unit, or the longer form that Go programs use. */

const SECOND = 1000;
const DAY = 86_400 * SECOND;
const UNITS = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3, // U+00B5, the micro sign
  μs: 1e-3, // U+03BC, the Greek letter
  ms: 1,
  s: SECOND,
  m: 60 * SECOND,
  h: 3600 * SECOND,
  d: DAY,
  w: 7 * DAY,
  M: 30 * DAY,
  Y: 365 * DAY,
};
const SIMPLE = /^[1-9][0-9]*[smhdwMY]$/;
const GO_LIKE = /^\+?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|[smhdwMY]))+$/;
const PART = /([0-9.]+)([^0-9.]+)/g;
// An int64 of nanoseconds ends here.
const MAXIMUM = 292 * UNITS.Y;

/** Returns the length of a duration in milliseconds; a month has 30 days and a year 365. */
export function measureDuration(text) {
  return [...text.matchAll(PART)].reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit], 0);
}

/** Whether `text` is a duration in this style. */
export function isDuration(text, style) {
  if (style.acceptsGoDurations) return GO_LIKE.test(text) && measureDuration(text) > 0;
  return SIMPLE.test(text) && measureDuration(text) <= MAXIMUM;
}

/** Returns what is equal for two durations that count as the same window. */
export function identifyWindow(text, style) {
  return style.comparesConvertedDurations ? measureDuration(text) : text;
}

/** Returns when the present window began: `lastReset`, moved on where the window has passed. */
export function moveReset(lastReset, duration, now, style) {
  const length = measureDuration(duration);
  if (now - lastReset < length) return lastReset;
  if (!style.keepsResetGrid || length < 1) return now;
  return lastReset + Math.floor((now - lastReset) / length) * length;
}
