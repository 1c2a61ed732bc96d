import { z } from 'zod'
import { PolyprovError } from '../../../planner/errors.ts'
import { answerQuery, protocolOffers } from '../answer.ts'
import { demandAuthority } from '../authority.ts'
import { mediaTypeOf, textBody } from '../body.ts'
import { collect, iriParameter, queryOptionsShape, validate } from '../parameters.ts'
import { type Call, type Operation, type Route, searchPairs } from '../route.ts'
import { sendServiceDescription } from './service-description.ts'

const REPEATABLE = ['default-graph-uri', 'named-graph-uri']

const optionsShape = {
  'default-graph-uri': z.array(iriParameter()).optional().describe('Graphs whose union is the default graph'),
  'named-graph-uri': z.array(iriParameter()).optional().describe('Named graphs'),
  ...queryOptionsShape,
}

const parametersSchema = z.strictObject({ query: z.string().min(1).describe('The query, SPARQL 1.1'), ...optionsShape })

type Pairs = Iterable<[string, string]>

/** The parameters of the protocol, wherever the request carries them (SPARQL 1.1 Protocol, section 2.1). */
function protocolPairs({ request, context }: Call): Pairs {
  const search = [...searchPairs(request)]
  if (request.method === 'GET' || request.method === 'HEAD') return search
  const type = mediaTypeOf(request)
  if (type === 'application/sparql-query') return [...search, ['query', textBody(request)]]
  const isUpdate = type === 'application/sparql-update'
  if (type !== 'application/x-www-form-urlencoded' && !isUpdate) {
    throw new PolyprovError(
      'unsupported-media-type',
      `the body is ${type || 'of no type'}; it must be application/sparql-query or application/x-www-form-urlencoded`,
    )
  }
  const form: [string, string][] = isUpdate ? [] : [...new URLSearchParams(textBody(request))]
  if (isUpdate || form.some(([name]) => name === 'update')) {
    demandAuthority(request, context.settings.token)
    throw new PolyprovError('unsupported', 'SPARQL Update is not taken: provenance is captured, stores are read')
  }
  return [...search, ...form]
}

async function handle(call: Call): Promise<void> {
  const values = collect(protocolPairs(call), REPEATABLE)
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
      'Solutions or a boolean as SPARQL results in JSON, XML, CSV or TSV; triples as Turtle, N-Triples, N-Quads or JSON-LD',
    content: {
      'application/sparql-results+json': z.unknown(),
      'application/sparql-results+xml': z.string(),
      'text/csv': z.string(),
      'text/tab-separated-values': z.string(),
      'text/turtle': z.string(),
      'application/n-triples': z.string(),
      'application/n-quads': z.string(),
      'application/ld+json': z.unknown(),
    },
  },
}

const posted: Operation = {
  summary: 'Ask a query, in the body or as a form',
  body: {
    'application/sparql-query': z.string(),
    'application/x-www-form-urlencoded': parametersSchema,
  },
  answers,
  handle,
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
    query: posted,
  },
}

export { parametersSchema as sparqlParameters }
