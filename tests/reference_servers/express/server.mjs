/**
 * A correct model-configs API, written from the contract alone.
 *
 * Usage: node server.mjs [--port PORT]; the port is 0 by default, which takes a free one.
 * Environment: API_KEY, STYLE (plain, other), FAIL_WHEN (see failures.mjs).
 */
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { createApp } from './app.mjs';
import { buildErrorBody } from './errors.mjs';
import { parseFailures } from './failures.mjs';
import { styles } from './styles.mjs';

// Node closes these connections without a body, or without any response, where nobody listens.
function sendRawError(socket, status, reason, message) {
  if (!socket.writable) return;
  const body = JSON.stringify(buildErrorBody(status, message));
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

function refuseBrokenRequest(error, socket) {
  if (error.code === 'HPE_INVALID_METHOD') return sendRawError(socket, 405, 'Method Not Allowed', 'unknown method');
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return sendRawError(socket, 431, 'Request Header Fields Too Large', 'the headers are too large');
  }
  return sendRawError(socket, 400, 'Bad Request', 'the request is not valid HTTP');
}

function sendError(response, status, message) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(buildErrorBody(status, message)));
}

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
const { API_KEY = 'mock-development-key', STYLE = 'plain', FAIL_WHEN = '' } = process.env;
if (!Object.hasOwn(styles, STYLE)) throw new Error(`STYLE must be one of ${Object.keys(styles).join(', ')}`);

const app = createApp({ apiKey: API_KEY, style: styles[STYLE], failures: parseFailures(FAIL_WHEN) });
// Express answers requests without Host as well; Node's own refusal has no body.
const server = createServer({ requireHostHeader: false, keepAliveTimeout: 75_000 }, (request, response) => {
  // Express sends its own error page where it cannot read the URL.
  if (!URL.canParse(request.url, 'http://localhost')) return sendError(response, 400, 'the URL is not valid');
  app(request, response);
});
server.on('clientError', refuseBrokenRequest);
server.on('checkExpectation', (request, response) => sendError(response, 417, 'only Expect: 100-continue is supported'));
server.on('connect', (request, socket) => sendRawError(socket, 405, 'Method Not Allowed', 'CONNECT is not supported'));
server.listen(Number(values.port), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`));

process.on('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
