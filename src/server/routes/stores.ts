import { z } from 'zod'
import type { StoreDefinition } from '../../../connectors/connector.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { storeSchema } from '../../configuration/schema.ts'
import { namesSecrets, redact } from '../../configuration/secrets.ts'
import type { Polystore, StoreInfo } from '../../polystore.ts'
import { jsonBody } from '../body.ts'
import { booleanParameter, collect, validate } from '../parameters.ts'
import { operation, pathParameter, type Route, type ServerContext, searchPairs, sendJson } from '../route.ts'

const infoSchema = z
  .object({
    id: z.string(),
    type: z.string(),
    iri: z.string(),
    role: z.literal('provenance').optional(),
    updates: z.literal(true).optional().describe('SPARQL Update may change it'),
    definition: z.record(z.string(), z.unknown()).describe('As registered, credentials left out'),
  })
  .meta({ id: 'Store' })

const registerSchema = storeSchema.extend({
  force: booleanParameter().optional().describe('Register the store although it cannot be reached'),
})

/** What may be told of a store: credentials never come back, wherever the definition kept them. */
const shown = ({ definition, ...info }: StoreInfo): StoreInfo => ({
  ...info,
  definition: redact(definition) as Readonly<Record<string, unknown>>,
})

function findStore({ stores }: Polystore, id: string): StoreInfo {
  const store = stores.list().find((info) => info.id === id)
  if (store !== undefined) return store
  throw new PolyprovError('not-found', `there is no store "${id}"`, { store: id })
}

/** Options under which connectors look for something on the server's own disk. */
const LOCAL_OPTIONS = ['path', 'folder', 'directory', 'files', 'file', 'views', 'module']

/** The first option that reaches into the server's machine, if there is one. */
function localOption(definition: StoreDefinition): string | undefined {
  if (/^\.{0,2}\/|^file:|^[A-Za-z]:\\|\.[cm]?[jt]s$/.test(definition.type) || definition.type.includes('/'))
    return 'type'
  const remote = (value: unknown): boolean =>
    Array.isArray(value) ? value.every(remote) : typeof value === 'string' && /^https?:\/\//.test(value)
  for (const [name, value] of Object.entries(definition)) {
    if (LOCAL_OPTIONS.includes(name) && !remote(value)) return name
    // What LOAD may read of the server's disk and network is for its configuration to say.
    if (name === 'update' && typeof value === 'object') return name
    if (typeof value === 'string' && /^file:/i.test(value)) return name
    if (namesSecrets(value)) return name
  }
  return undefined
}

function refuseLocal(definition: StoreDefinition, { settings }: ServerContext): void {
  if (settings.allowLocalStores) return
  const parameter = localOption(definition)
  if (parameter === undefined) return
  throw new PolyprovError(
    'forbidden',
    `"${parameter}" reaches into the machine of the server (a path, a module or its environment), which needs server.allowLocalStores in its configuration`,
    { parameter, store: definition.id },
  )
}

/** Whatever a check ends in is the store's failure, to one who registers or checks it. */
function asStoreFailure(error: unknown, store: string): PolyprovError {
  if (error instanceof PolyprovError && (error.kind === 'source' || error.kind === 'user')) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new PolyprovError('store-failed', `the store "${store}" cannot be used: ${reason}`, { store, cause: error })
}

export const storesRoute: Route = {
  path: '/api/v1/stores',
  methods: {
    get: operation({
      summary: 'List the stores',
      parameters: z.strictObject({}),
      answers: { 200: { description: 'Every store', content: { 'application/json': z.array(infoSchema) } } },
      handle: ({ context, response }) => sendJson(response, context.polystore.stores.list().map(shown)),
    }),
    post: {
      summary: 'Register a store',
      description: 'The store is checked first, unless force is true, in the body or in the query string.',
      writes: true,
      body: { 'application/json': registerSchema },
      answers: {
        201: { description: 'Registered', content: { 'application/json': infoSchema } },
        502: { description: 'The store cannot be used, and force is not set' },
      },
      handle: async ({ context, request, response, signal }) => {
        const search = validate(z.strictObject({ force: booleanParameter().optional() }), collect(searchPairs(request)))
        const { force = search.force ?? false, ...definition } = validate(registerSchema, jsonBody(request))
        const store = definition as unknown as StoreDefinition
        refuseLocal(store, context)
        const { stores } = context.polystore
        if (stores.list().some(({ id }) => id === store.id)) {
          throw new PolyprovError('conflict', `there is a store "${store.id}" already`, { store: store.id })
        }
        const info = await stores.register(store, { force, signal }).catch((error: unknown) => {
          throw asStoreFailure(error, store.id)
        })
        response.setHeader('Location', `/api/v1/stores/${encodeURIComponent(info.id)}`)
        sendJson(response, shown(info), 201)
      },
    },
  },
}

export const storeRoute: Route = {
  path: '/api/v1/stores/:id',
  methods: {
    get: operation({
      summary: 'One store',
      parameters: z.strictObject({}),
      answers: { 200: { description: 'The store', content: { 'application/json': infoSchema } } },
      handle: ({ context, request, response }) =>
        sendJson(response, shown(findStore(context.polystore, pathParameter(request, 'id')))),
    }),
    delete: operation({
      summary: 'Remove a store; what it holds stays',
      parameters: z.strictObject({}),
      writes: true,
      answers: { 204: { description: 'Removed' } },
      handle: async ({ context, request, response }) => {
        const { id } = findStore(context.polystore, pathParameter(request, 'id'))
        await context.polystore.stores.remove(id)
        response.status(204).end()
      },
    }),
  },
}

export const storeCheckRoute: Route = {
  path: '/api/v1/stores/:id/check',
  methods: {
    post: operation({
      summary: 'Check that a store can be used',
      parameters: z.strictObject({}),
      answers: {
        200: {
          description: 'It can be used',
          content: { 'application/json': z.object({ id: z.string(), status: z.literal('up') }) },
        },
        502: { description: 'It cannot be used' },
      },
      handle: async ({ context, request, response, signal }) => {
        const { id } = findStore(context.polystore, pathParameter(request, 'id'))
        await context.polystore.stores.check(id, signal).catch((error: unknown) => {
          throw asStoreFailure(error, id)
        })
        sendJson(response, { id, status: 'up' })
      },
    }),
  },
}
