import { z } from 'zod'

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: that is how the file names environment variables
const environmentOrFile = z
  .union([
    z.string().regex(/^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/, 'must be an environment variable, ${NAME}, or { file: path }'),
    z.strictObject({ file: z.string().min(1).describe('File that holds the text, relative to the configuration') }),
  ])
  .describe('A secret: an environment variable, ${NAME}, or a file, { file: path }')
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: as above

const STORE_ID = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/

const milliseconds = z.int().min(1).max(86_400_000)
const bytes = z.int().min(1_048_576).max(Number.MAX_SAFE_INTEGER)

/** What every store has; the other options belong to its type. */
export const storeSchema = z.looseObject({
  id: z
    .string()
    .regex(STORE_ID, 'must begin with a letter and hold letters, digits, - and _ only, 64 at most')
    .describe('Name of the store, unique'),
  type: z.string().min(1).describe('Kind of store, or the path of a connector module (./my-connector.js)'),
  role: z.literal('provenance').optional().describe('The store that provenance is captured into; one at most'),
  views: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('Mapping files (YARRRML, R2RML, RML) that give the records their triples'),
  timeout: milliseconds
    .optional()
    .describe('Milliseconds that the store may take for each answer; limits.storeTimeout where absent'),
})

/** Absent members have the defaults of `src/engine/limits.ts`. */
const limitsSchema = z.strictObject({
  queries: z.int().min(1).max(100_000).optional().describe('Most queries at once'),
  timeout: milliseconds.optional().describe('Deadline of a query that names none, in milliseconds'),
  memory: bytes.optional().describe('Bytes that the tables of one query may take'),
  totalMemory: bytes.optional().describe('Bytes that the tables of all queries may take; twice memory where absent'),
  rows: z.int().min(1).optional().describe('Most rows of the result of one query'),
  bytes: bytes.optional().describe('Most bytes that one query reads from its stores'),
  storeTimeout: milliseconds
    .optional()
    .describe('Milliseconds that a store without a timeout of its own may take for each answer'),
  storeConcurrency: z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('Most requests to one store at once, of all queries'),
  retries: z
    .int()
    .min(0)
    .max(10)
    .optional()
    .describe('How often a request that failed on the way is sent again, where its store has no retries of its own'),
  breaker: z
    .union([
      z.literal(false),
      z.strictObject({
        failures: z.int().min(1).max(1_000).default(5).describe('Failures in a row after which it is not asked'),
        pause: milliseconds.default(5_000).describe('Milliseconds after which one request tries it again'),
      }),
    ])
    .optional()
    .describe('When a store that fails is no longer asked, and for how long; false for never'),
  service: z
    .union([
      z.enum(['none', 'any']),
      z.array(
        z.string().refine((text) => /^https?:\/\/./.test(text) && URL.canParse(text), 'must be an http or https URL'),
      ),
    ])
    .optional()
    .describe('Endpoints that SERVICE may ask: any, none, or those of a list'),
})

const serverSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  port: z.int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 for any that is free'),
  token: environmentOrFile
    .optional()
    .describe('Bearer token of requests that write; without it they are taken from loopback only'),
  timeout: milliseconds.default(60_000).describe('Deadline of a query that names none, in milliseconds'),
  maximumTimeout: milliseconds.default(600_000).describe('Longest deadline that a query may ask for, in milliseconds'),
  concurrency: z.int().min(1).max(10_000).default(64).describe('Most queries at once'),
  bodyLimit: z.int().min(1_024).max(1_073_741_824).default(10_485_760).describe('Largest request body, in bytes'),
  allowLocalStores: z
    .boolean()
    .default(false)
    .describe('Whether stores registered over HTTP may name local paths, modules and environment variables'),
  origins: z
    .array(z.string().min(1))
    .optional()
    .describe('Origins whose pages may read answers; every origin where absent'),
})

export const configurationSchema = z.strictObject({
  base: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]*[/#:]$/, 'must be an absolute IRI that ends in /, # or :')
    .default('urn:polyprov:')
    .describe('Base of the IRIs of stores and objects'),
  stores: z.array(storeSchema).default([]).describe('Stores that make up the graph'),
  queries: z.string().min(1).optional().describe('Folder of stored queries, *.rq'),
  limits: limitsSchema.prefault({}).describe('What queries may take, one by one and together'),
  server: serverSchema.prefault({}).describe('Options of polyprov serve'),
})

/** The configuration as its file says it, defaults filled in, secrets unresolved. */
export type ConfigurationFile = z.infer<typeof configurationSchema>
export type LimitsConfiguration = z.infer<typeof limitsSchema>
export type ServerConfiguration = z.infer<typeof serverSchema>

/** JSON Schema (2020-12) of `polyprov.yaml`, for editors. */
export function configurationJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configurationSchema, { io: 'input' })
  return { ...schema, title: 'polyprov.yaml', description: 'Configuration of a polyprov polystore' }
}
