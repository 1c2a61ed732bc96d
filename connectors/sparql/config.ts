import { z } from 'zod'
import type { StoreDefinition } from '../connector.ts'
import { hasUserInfo, parseOptions } from '../parse-options.ts'

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine((text) => !hasUserInfo(text), 'must hold no user name or password: they belong in user and password')

const schema = z.strictObject({
  id: z.string().min(1),
  type: z.enum(['sparql', 'rdf']),
  role: z.undefined().optional(),
  endpoint: httpUrl,
  /** The one graph of the endpoint that is the store; absent: its default graph, and its named graphs. */
  graph: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]*$/, 'must be an absolute IRI')
    .optional(),
  headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/), z.string().regex(/^[^\r\n\0]*$/)).default({}),
  user: z.string().min(1).optional(),
  password: z.string().optional(),
  /** Milliseconds that the endpoint may take to answer, and for each part of an answer. */
  timeout: z.int().min(1).max(3_600_000).default(60_000),
  /** How often a request that failed on the way is tried again. */
  retries: z.int().min(0).max(10).default(2),
  /** Most requests at once. */
  concurrency: z.int().min(1).max(64).default(4),
  /** Its triples are nobody else's. */
  disjoint: z.boolean().optional(),
  /** What probing would get wrong. */
  quirks: z
    .strictObject({
      literals: z.enum(['term', 'value']).optional(),
      strings: z.enum(['same', 'distinct']).optional(),
      defaultGraph: z.enum(['own', 'union']).optional(),
      values: z.boolean().optional(),
      blankNodes: z.boolean().optional(),
      labels: z.enum(['stable', 'changing']).optional(),
      method: z.enum(['POST', 'GET']).optional(),
      keys: z.int().min(1).max(100_000).optional(),
      maxRows: z.int().min(1).optional(),
    })
    .default({}),
})

/** A SPARQL endpoint. */
export type SparqlConfig = z.output<typeof schema>

/** As messages say it; an endpoint that is no registered store has its address for an id. */
export const nameOf = ({ id, endpoint }: SparqlConfig): string =>
  id === endpoint ? `endpoint ${endpoint}` : `endpoint ${endpoint} of the store '${id}'`

/** @throws PolyprovError `configuration`, naming the store and each wrong member, never a credential */
export const sparqlConfig = (definition: StoreDefinition): SparqlConfig => parseOptions(schema, definition)
