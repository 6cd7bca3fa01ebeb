/**
 * Injected failures: requests on which the server throws an exception that nothing handles. Express then sends its
 * own error page with status 500.
 */

/** An exception that the API's error handler leaves to Express. */
export class UnhandledFailure extends TypeError {}

/** Returns the failures of `FAIL_WHEN`, such as `POST collection budgets,DELETE item!`. */
export function parseFailures(text) {
  return text
    .split(',')
    .map((spec) => spec.trim())
    .filter((spec) => spec !== '')
    .map((spec) => {
      const isAfterStore = spec.endsWith('!');
      const [method, target, word = ''] = spec.replace(/!$/, '').split(/\s+/);
      return { method, target, word, isAfterStore };
    });
}

/** Returns a function that throws where a failure is meant for this request and this moment. */
export function createFailurePoint(failures) {
  return function fail(request, target, { isAfterStore }) {
    const text = typeof request.text === 'string' ? request.text : request.url;
    const isMeant = failures.some(
      (failure) =>
        failure.method === request.method &&
        failure.target === target &&
        failure.isAfterStore === isAfterStore &&
        text.includes(failure.word),
    );
    if (isMeant) throw new UnhandledFailure("Cannot read properties of undefined (reading 'id')");
  };
}
