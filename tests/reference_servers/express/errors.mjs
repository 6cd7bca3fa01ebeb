/** An error that the API reports to the client with its status and message. */
export class HttpError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const badRequest = (message) => new HttpError(400, message);
export const notFound = (message) => new HttpError(404, message);

/** Returns the error body of the API. */
export function buildErrorBody(status, message) {
  return {
    is_bifrost_error: false,
    status_code: status,
    error: { message },
    extra_fields: {},
  };
}
