import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { PolyprovError } from '../../../planner/errors.ts'
import type { Quad } from '../../../planner/term.ts'
import { GRAPH_TYPES, graphOf, graphType } from '../../engine/update/documents.ts'
import type { GraphChange, GraphOptions } from '../../polystore.ts'
import { formatsOf } from '../../results/formats.ts'
import { answerQuery } from '../answer.ts'
import { mediaTypeOf } from '../body.ts'
import { iriParameter, queryOptionsShape, validate } from '../parameters.ts'
import { type Call, type Operation, operation, type Route } from '../route.ts'
import { change, storeParameter } from './update.ts'

const PATH = '/graphs'

const commonShape = { store: storeParameter(), timeout: queryOptionsShape.timeout }

const directSchema = z.strictObject(commonShape)
const indirectSchema = z.strictObject({
  graph: iriParameter().optional().describe('IRI of a named graph'),
  default: z.literal('', 'takes no value').optional().describe('The default graph'),
  ...commonShape,
})

type Parameters = z.output<typeof indirectSchema>

/** The graph that a request is about: an IRI, `null` for the default graph, `undefined` where it names none. */
type Named = string | null | undefined

const origin = ({ request }: Call<unknown>): string => `${request.protocol}://${request.headers.host ?? 'localhost'}`

/** Direct identification: the address of the request is the name of the graph (section 4.1). */
function direct(call: Call<unknown>): string {
  const path = call.request.originalUrl.split('?')[0]!
  return validate(z.object({ path: iriParameter() }), { path: origin(call) + path }).path
}

/** Indirect identification (section 4.2). */
function indirect({ graph, default: isDefault }: Parameters): Named {
  if (graph !== undefined && isDefault !== undefined) {
    throw new PolyprovError('parameter', 'give graph or default, not both', { parameter: 'graph' })
  }
  return isDefault === undefined ? graph : null
}

function required(named: Named): string | null {
  if (named !== undefined) return named
  throw new PolyprovError('parameter', 'name a graph by ?graph=IRI, or the default graph by ?default', {
    parameter: 'graph',
  })
}

const optionsOf = ({ store }: Pick<Parameters, 'store'>): GraphOptions => (store === undefined ? {} : { store })

const notFound = (graph: string): PolyprovError =>
  new PolyprovError('not-found', `there is no graph <${graph}>: a named graph exists as long as it holds a triple`)

const FORMATS = new Set(['turtle', 'ntriples', 'jsonld'])
const offers = () => formatsOf('quads').filter(({ name }) => FORMATS.has(name))

async function read(call: Call<Parameters>, named: string | null): Promise<void> {
  const { parameters, context } = call
  await answerQuery(call as Call, parameters.timeout, offers, async (options) => {
    const execution = await context.polystore.graphs.read(named ?? undefined, { ...optionsOf(parameters), ...options })
    if (execution === undefined) throw notFound(named ?? '')
    return execution
  })
}

/** The triples of the body: one document, or each part of a form that is sent with files (section 5.5). */
async function* triplesOf({ request }: Call<unknown>, base: string): AsyncGenerator<Quad> {
  const body: Buffer = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const contentType = request.headers['content-type']
  if (mediaTypeOf(request) !== 'multipart/form-data') {
    yield* graphOf({ type: typeOf(contentType), base, content: Readable.from([body]) })
    return
  }
  const form = await new Response(body, { headers: { 'content-type': contentType! } }).formData().catch((cause) => {
    throw new PolyprovError('parameter', 'the body is not multipart/form-data as its boundary says', { cause })
  })
  for (const [name, part] of form) {
    if (typeof part === 'string') throw unsupported(`the part "${name}" has no type`)
    yield* graphOf({
      type: typeOf(part.type, `the part "${name}"`),
      base,
      content: Readable.from([Buffer.from(await part.arrayBuffer())]),
    })
  }
}

function typeOf(contentType: string | undefined, what = 'the body'): string {
  const type = graphType(contentType)
  if (type !== undefined) return type
  throw unsupported(`${what} is ${(contentType ?? '').split(';')[0]!.trim() || 'of no type'}`)
}

const unsupported = (reason: string): PolyprovError =>
  new PolyprovError('unsupported-media-type', `${reason}; it must be ${GRAPH_TYPES.join(', ')}`)

function checkType({ request }: Call<unknown>): void {
  if (mediaTypeOf(request) !== 'multipart/form-data') typeOf(request.headers['content-type'])
}

async function write(call: Call<Parameters>, named: string | null, replace: boolean): Promise<GraphChange> {
  checkType(call)
  const { parameters, context } = call
  const triples = triplesOf(call, named ?? origin(call) + PATH)
  return change(call as Call, parameters.timeout, (options) =>
    context.polystore.graphs.write(named ?? undefined, triples, { ...optionsOf(parameters), ...options, replace }),
  )
}

async function put(call: Call<Parameters>, named: string | null): Promise<void> {
  const { existed, exists } = await write(call, named, true)
  call.response.status(!existed && exists ? 201 : 204).end()
}

/** POST adds to a graph; to the graph store itself it makes a new one, and tells its name (section 5.5). */
async function post(call: Call<Parameters>, named: Named): Promise<void> {
  const graph = named === undefined ? `${origin(call)}${PATH}/${randomUUID()}` : named
  const { existed, exists } = await write(call, graph, false)
  if (named === undefined && exists) call.response.setHeader('Location', graph!)
  call.response.status(!existed && exists ? 201 : 204).end()
}

async function remove(call: Call<Parameters>, named: string | null): Promise<void> {
  const { parameters, context } = call
  const { existed } = await change(call as Call, parameters.timeout, (options) =>
    context.polystore.graphs.remove(named ?? undefined, { ...optionsOf(parameters), ...options }),
  )
  if (!existed) throw notFound(named ?? '')
  call.response.status(204).end()
}

const body = { 'text/turtle': z.string(), 'application/n-triples': z.string(), 'application/ld+json': z.unknown() }
const written: Operation['answers'] = {
  201: { description: 'The graph did not exist before' },
  204: { description: 'The graph was changed' },
}

type Find = (call: Call<Parameters>) => Named

/** The methods of the protocol, over one way to name graphs. */
function methodsOf(parameters: z.ZodObject, find: Find): Route['methods'] {
  const common = { parameters: parameters as typeof indirectSchema }
  return {
    get: operation({
      ...common,
      summary: 'The triples of a graph',
      answers: { 200: { description: 'The graph', content: body }, 404: { description: 'There is no such graph' } },
      handle: (call) => read(call, required(find(call))),
    }),
    put: operation({
      ...common,
      summary: 'Put triples in the place of a graph',
      writes: true,
      body,
      answers: written,
      handle: (call) => put(call, required(find(call))),
    }),
    post: operation({
      ...common,
      summary: 'Add triples to a graph, or to a new one',
      writes: true,
      body: { ...body, 'multipart/form-data': z.unknown() },
      answers: written,
      handle: (call) => post(call, find(call)),
    }),
    delete: operation({
      ...common,
      summary: 'Remove a graph',
      writes: true,
      answers: { 204: { description: 'Removed' }, 404: { description: 'There is no such graph' } },
      handle: (call) => remove(call, required(find(call))),
    }),
  }
}

/** The SPARQL 1.1 Graph Store HTTP Protocol, over a store that takes updates. */
export const graphStoreRoutes: readonly Route[] = [
  { path: PATH, methods: methodsOf(indirectSchema, ({ parameters }) => indirect(parameters)) },
  { path: `${PATH}/*name`, methods: methodsOf(directSchema, direct) },
]
