import { z } from 'zod'
import type { StoreDefinition } from '../connector.ts'
import { parseOptions } from '../parse-options.ts'
import { viewsOption } from '../views-option.ts'

const name = z
  .string()
  .min(1)
  .regex(/^[^\0]+$/, 'must be a name')

const schema = z
  .strictObject({
    id: z.string().min(1),
    type: z.literal('postgres'),
    role: z.undefined().optional(),
    /** A server, as `postgresql://user:password@host:port/database`. */
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must be a postgres or postgresql URL')
      .optional(),
    /** Folder of an embedded database; relative to the configuration. */
    path: z.string().min(1).optional(),
    views: viewsOption,
    /** Schema of tables that are named without one; absent: the connection's search path. */
    schema: name.optional(),
    /** Columns that tell the rows of a table or database view apart, where the database does not say so. */
    keys: z.record(z.string().min(1), z.array(name).min(1)).default({}),
    /** Milliseconds that a statement may take. */
    timeout: z.int().min(1).max(86_400_000).default(60_000),
    /** Most connections to a server. */
    connections: z.int().min(1).max(64).default(4),
  })
  .refine(({ url, path }) => (url === undefined) !== (path === undefined), 'needs a url or a path, and not both')

/** A PostgreSQL database, on a server or embedded, and the mapping files that give its rows their triples. */
export type PostgresConfig = z.output<typeof schema>

/** @throws PolyprovError `configuration`, naming the store and each wrong member, never the URL */
export const postgresConfig = (definition: StoreDefinition): PostgresConfig => parseOptions(schema, definition)
