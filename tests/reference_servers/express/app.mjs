/** Puts the application together. */
import express from 'express';
import { createFailurePoint } from './failures.mjs';
import { createLookupRoutes } from './lookup-routes.mjs';
import { createDirectory } from './lookups.mjs';
import { addSendJson, authenticate, handleErrors, readJsonBody, refuseMethod, refuseUnknownPath } from './middleware.mjs';
import { createModelConfigRoutes } from './model-configs.mjs';
import { createSerializer } from './serialization.mjs';
import { ModelConfigStore } from './store.mjs';

export function createApp({ apiKey, style, failures }) {
  const directory = createDirectory(style);
  const parts = {
    style,
    directory,
    refuseMethod,
    store: new ModelConfigStore(style),
    serialize: createSerializer(style, directory),
    readBody: readJsonBody(style),
    fail: createFailurePoint(failures),
  };
  const app = express();
  app.set('etag', style.sendsEtag && 'weak');
  app.set('case sensitive routing', style.routing.caseSensitive);
  app.use(addSendJson);
  app.use('/api', authenticate(apiKey, style));
  app.use('/api', createModelConfigRoutes(parts), createLookupRoutes(parts));
  app.use(refuseUnknownPath);
  app.use(handleErrors(style));
  return app;
}
