import { z } from 'zod'
import { PolyprovError } from '../../../planner/errors.ts'
import { parseStoredQuery, RESERVED_PARAMETERS } from '../../configuration/stored-query.ts'
import type { StoredQuery } from '../../polystore.ts'
import { answerQuery, rowsOffers } from '../answer.ts'
import { jsonBody, mediaTypeOf, textBody } from '../body.ts'
import { collect, queryOptionsSchema, validate } from '../parameters.ts'
import { type Call, type Operation, operation, pathParameter, type Route, searchPairs, sendJson } from '../route.ts'

const parameterSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, 'must be a name that a variable can have')
    .refine((name) => !(RESERVED_PARAMETERS as readonly string[]).includes(name), 'is an option of every query'),
  type: z.enum(['iri', 'string', 'integer', 'decimal', 'double', 'boolean']),
  description: z.string().optional(),
  default: z.string().optional(),
  oneOf: z.array(z.string()).min(1).optional(),
})

const definitionSchema = z
  .strictObject({
    label: z.string().optional(),
    description: z.string().optional(),
    text: z.string().min(1).describe('The query; a parameter is written $name'),
    parameters: z.array(parameterSchema).optional(),
  })
  .meta({ id: 'StoredQueryDefinition' })

const storedQuerySchema = z
  .object({
    id: z.string(),
    label: z.string(),
    description: z.string().optional(),
    text: z.string(),
    parameters: z.array(parameterSchema),
    builtin: z.boolean(),
  })
  .meta({ id: 'StoredQuery' })

const storeStatsSchema = z.object({
  requests: z.number(),
  rows: z.number(),
  bytes: z.number(),
  milliseconds: z.number(),
})

const rowsSchema = z
  .object({
    columns: z.array(z.string()),
    rows: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
    warnings: z.array(z.string()),
    stats: z.object({
      stores: z.record(z.string(), storeStatsSchema),
      rows: z.number(),
      milliseconds: z.object({ planning: z.number(), total: z.number() }),
    }),
  })
  .meta({ id: 'Rows' })

const answers: Operation['answers'] = {
  200: {
    description: 'The rows; numbers where JSON keeps them, else strings, unbound columns left out',
    content: {
      'application/json': rowsSchema,
      'application/sparql-results+json': z.unknown(),
      'text/csv': z.string(),
      'text/tab-separated-values': z.string(),
    },
  },
}

/** Runs the stored query with what the request gives it. */
async function run(call: Call, given: Record<string, unknown>): Promise<void> {
  const { polystore } = call.context
  const id = pathParameter(call.request, 'id')
  const { parameters: declared } = polystore.queries.get(id)
  const options: Record<string, unknown> = {}
  const parameters: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if ((RESERVED_PARAMETERS as readonly string[]).includes(name)) options[name] = value
    else if (declared.some((parameter) => parameter.name === name)) parameters[name] = value
    else {
      const names = declared.map((parameter) => parameter.name).join(', ')
      throw new PolyprovError('parameter', `${id} has no parameter "${name}"; it has ${names || 'none'}`, {
        parameter: name,
      })
    }
  }
  const { timeout, partial, verify } = validate(queryOptionsSchema, options)
  await answerQuery(call, timeout, rowsOffers, (limits) =>
    polystore.queries.run(id, parameters, {
      ...limits,
      ...(partial === undefined ? {} : { partial }),
      ...(verify === undefined ? {} : { verify }),
    }),
  )
}

function postedParameters({ request }: Call): Record<string, unknown> {
  const search = collect(searchPairs(request))
  const posted =
    mediaTypeOf(request) === 'application/x-www-form-urlencoded'
      ? collect(new URLSearchParams(textBody(request)))
      : jsonBody(request)
  for (const name of Object.keys(posted)) {
    if (name in search) {
      throw new PolyprovError('parameter', `the parameter "${name}" is given twice`, { parameter: name })
    }
  }
  return { ...search, ...posted }
}

/** A definition in JSON, or as SPARQL with its declarations in comments at the top. */
function definition(call: Call, id: string): Omit<StoredQuery, 'builtin'> {
  if (mediaTypeOf(call.request) === 'application/sparql-query') {
    try {
      return parseStoredQuery(id, textBody(call.request), 'query')
    } catch (error) {
      if (!(error instanceof PolyprovError) || error.code !== 'configuration') throw error
      throw new PolyprovError('parameter', error.message, error.details)
    }
  }
  const { label, description, text, parameters } = validate(definitionSchema, jsonBody(call.request))
  return {
    id,
    label: label ?? id,
    ...(description === undefined ? {} : { description }),
    text,
    parameters: (parameters ?? []).map(({ name, type, ...others }) => ({
      name,
      type,
      ...(others.description === undefined ? {} : { description: others.description }),
      ...(others.default === undefined ? {} : { default: others.default }),
      ...(others.oneOf === undefined ? {} : { oneOf: others.oneOf }),
    })),
  }
}

export const queriesRoute: Route = {
  path: '/api/v1/queries',
  methods: {
    get: operation({
      summary: 'List the stored queries',
      parameters: z.strictObject({}),
      answers: {
        200: { description: 'Every stored query', content: { 'application/json': z.array(storedQuerySchema) } },
      },
      handle: ({ context, response }) => sendJson(response, context.polystore.queries.list()),
    }),
  },
}

export const queryRoute: Route = {
  path: '/api/v1/queries/:id',
  methods: {
    get: {
      summary: 'Run a stored query, parameters in the query string',
      description: 'Beside its own parameters every query takes timeout, partial and verify.',
      answers,
      handle: (call) => run(call, collect(searchPairs(call.request))),
    },
    post: {
      summary: 'Run a stored query, parameters in a JSON object',
      body: { 'application/json': z.record(z.string(), z.unknown()) },
      answers,
      handle: (call) => run(call, postedParameters(call)),
    },
    put: operation({
      summary: 'Store a query',
      parameters: z.strictObject({}),
      writes: true,
      body: { 'application/json': definitionSchema, 'application/sparql-query': z.string() },
      answers: {
        200: { description: 'Replaced', content: { 'application/json': storedQuerySchema } },
        201: { description: 'Stored', content: { 'application/json': storedQuerySchema } },
      },
      handle: async (call) => {
        const id = pathParameter(call.request, 'id')
        if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(id)) {
          throw new PolyprovError('parameter', `"${id}" is no id: it has letters, digits, ., - and _, 100 at most`, {
            parameter: 'id',
          })
        }
        const { queries } = call.context.polystore
        const existed = queries.list().some((query) => query.id === id)
        await queries.put(definition(call, id))
        call.response.setHeader('Location', `/api/v1/queries/${id}`)
        sendJson(call.response, queries.get(id), existed ? 200 : 201)
      },
    }),
    delete: operation({
      summary: 'Remove a stored query',
      parameters: z.strictObject({}),
      writes: true,
      answers: { 204: { description: 'Removed' } },
      handle: async ({ context, request, response }) => {
        await context.polystore.queries.remove(pathParameter(request, 'id'))
        response.status(204).end()
      },
    }),
  },
}
