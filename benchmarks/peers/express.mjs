// openapi-backend validates by the document, express serves, and the store is written by hand, as a user would.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(new URL('installed/package.json', import.meta.url))
const express = require('express')
const { OpenAPIBackend } = require('openapi-backend')

const configs = new Map()
const unknown = { error: { message: 'unknown id' } }
const stored = (context, respond) => {
  const found = configs.get(context.request.params.mc_id)
  return found ? respond(found) : [404, unknown]
}

const api = new OpenAPIBackend({
  definition: JSON.parse(readFileSync(process.argv[2])),
  strict: false,
  quick: true, // its own check knows OpenAPI 3.0 alone
  ajvOpts: { strict: false },
  handlers: {
    listModelConfigs: ({ request }) => {
      const limit = Number(request.query.limit ?? 50)
      const page = []
      for (const config of configs.values()) if (page.push(config) >= limit) break
      return [200, { model_configs: page, count: page.length, total_count: configs.size, limit, offset: 0 }]
    },
    getModelConfig: (context) => stored(context, (found) => [200, { model_config: found }]),
    createModelConfig: ({ request }) => {
      const config = { id: randomUUID(), ...request.requestBody, created_at: new Date().toISOString() }
      configs.set(config.id, config)
      return [200, { message: 'created', model_config: config }]
    },
    updateModelConfig: (context) =>
      stored(context, (found) => {
        const config = { ...found, ...context.request.requestBody, updated_at: new Date().toISOString() }
        configs.set(config.id, config)
        return [200, { message: 'updated', model_config: config }]
      }),
    deleteModelConfig: (context) =>
      stored(context, (found) => {
        configs.delete(found.id)
        return [200, { message: 'deleted' }]
      }),
    validationFail: ({ validation }) => [400, { error: { message: 'invalid', errors: validation.errors } }],
    notFound: () => [404, unknown],
    notImplemented: () => [501, unknown],
  },
})
api.registerSecurityHandler('bearerAuth', ({ request }) => request.headers.authorization === 'Bearer mock-development-key')
await api.init()

const app = express()
app.use(express.json())
app.use(async (request, response) => {
  const [status, body] = await api.handleRequest(
    { method: request.method, path: request.path, query: request.query, body: request.body, headers: request.headers },
  )
  response.status(status).json(body)
})
app.listen(Number(process.env.PORT), '127.0.0.1')
