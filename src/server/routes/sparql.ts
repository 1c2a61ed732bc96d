import { z } from 'zod'
import { PolyprovError } from '../../../planner/errors.ts'
import { answerQuery, protocolOffers } from '../answer.ts'
import { mediaTypeOf, textBody } from '../body.ts'
import { collect, iriParameter, queryOptionsShape, validate } from '../parameters.ts'
import { type Call, type Operation, type Route, searchPairs } from '../route.ts'
import { sendServiceDescription } from './service-description.ts'
import { answerUpdate, updateAnswer, updateBodies, updateSchema } from './update.ts'

const REPEATABLE = ['default-graph-uri', 'named-graph-uri']

const optionsShape = {
  'default-graph-uri': z.array(iriParameter()).optional().describe('Graphs whose union is the default graph'),
  'named-graph-uri': z.array(iriParameter()).optional().describe('Named graphs'),
  ...queryOptionsShape,
}

const parametersSchema = z.strictObject({ query: z.string().min(1).describe('The query, SPARQL 1.1'), ...optionsShape })

/** What SPARQLWrapper and others send beside `Accept`, for servers that do not heed it. */
const FORMAT_HINTS: ReadonlySet<string> = new Set(['format', 'output', 'results'])

/** The parameters of the protocol, wherever the request carries them (SPARQL 1.1 Protocol, section 2). */
const protocolPairs = (call: Call): readonly [string, string][] =>
  allPairs(call).filter(([name]) => !FORMAT_HINTS.has(name))

function allPairs({ request }: Call): readonly [string, string][] {
  const search = [...searchPairs(request)]
  if (request.method === 'GET' || request.method === 'HEAD') return search
  const type = mediaTypeOf(request)
  if (type === 'application/sparql-query') return [...search, ['query', textBody(request)]]
  if (type === 'application/sparql-update') return [...search, ['update', textBody(request)]]
  if (type !== 'application/x-www-form-urlencoded') {
    throw new PolyprovError(
      'unsupported-media-type',
      `the body is ${type || 'of no type'}; it must be application/sparql-query, application/sparql-update or application/x-www-form-urlencoded`,
    )
  }
  return [...search, ...new URLSearchParams(textBody(request))]
}

/** Updates come by POST, and in its body: what a link or a page can send changes nothing. */
function isUpdate({ request }: Call, pairs: readonly [string, string][]): boolean {
  if (!pairs.some(([name]) => name === 'update')) return false
  if (request.method !== 'POST' || [...searchPairs(request)].some(([name]) => name === 'update')) {
    throw new PolyprovError('parameter', 'an update is sent by POST, in the body', { parameter: 'update' })
  }
  if (!pairs.some(([name]) => name === 'query')) return true
  throw new PolyprovError('parameter', 'a request is a query or an update, not both', { parameter: 'update' })
}

async function handle(call: Call): Promise<void> {
  const pairs = protocolPairs(call)
  if (isUpdate(call, pairs)) return answerUpdate(call, pairs)
  const values = collect(pairs, REPEATABLE)
  if (call.request.method !== 'POST' && Object.keys(values).length === 0) {
    if (call.request.method !== 'QUERY') return sendServiceDescription(call)
  }
  const parameters = validate(parametersSchema, values)
  const { query, timeout, partial, verify } = parameters
  const defaultGraphs = parameters['default-graph-uri']
  const namedGraphs = parameters['named-graph-uri']
  await answerQuery(call, timeout, protocolOffers, (options) =>
    call.context.polystore.execute(query, {
      ...options,
      ...(partial === undefined ? {} : { partial }),
      ...(verify === undefined ? {} : { verify }),
      ...(defaultGraphs === undefined ? {} : { defaultGraphs }),
      ...(namedGraphs === undefined ? {} : { namedGraphs }),
    }),
  )
}

const answers: Operation['answers'] = {
  200: {
    description:
      'Solutions or a boolean as SPARQL results in JSON, XML, CSV or TSV; triples as Turtle, N-Triples, N-Quads, RDF/XML or JSON-LD',
    content: {
      'application/sparql-results+json': z.unknown(),
      'application/sparql-results+xml': z.string(),
      'text/csv': z.string(),
      'text/tab-separated-values': z.string(),
      'text/turtle': z.string(),
      'application/n-triples': z.string(),
      'application/n-quads': z.string(),
      'application/rdf+xml': z.string(),
      'application/ld+json': z.unknown(),
    },
  },
}

const asked: Operation = {
  summary: 'Ask a query, in the body or as a form',
  body: {
    'application/sparql-query': z.string(),
    'application/x-www-form-urlencoded': parametersSchema,
  },
  answers,
  handle,
}

const posted: Operation = {
  ...asked,
  summary: 'Ask a query, or send an update, in the body or as a form',
  description:
    'An update needs the right to write, and a store whose definition has `update: true`; all its operations are done, or none.',
  body: {
    'application/sparql-query': z.string(),
    ...updateBodies,
    'application/x-www-form-urlencoded': z.union([parametersSchema, updateSchema]),
  },
  answers: {
    200: {
      description: `${answers[200]!.description}; what an update did as JSON`,
      content: { ...answers[200]!.content, 'application/json': updateAnswer },
    },
  },
}

/** The SPARQL 1.1 Protocol. */
export const sparqlRoute: Route = {
  path: '/sparql',
  methods: {
    get: {
      summary: 'Ask a query; without one, the description of the service',
      description: 'Parameters are query, default-graph-uri, named-graph-uri, timeout, partial and verify.',
      answers,
      handle,
    },
    post: posted,
    query: asked,
  },
}

export { parametersSchema as sparqlParameters }
