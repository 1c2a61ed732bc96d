import { z } from 'zod'
import { PolyprovError } from '../../planner/errors.ts'
import type { StoreDefinition } from '../connector.ts'

/** Options of a folder of documents and the mapping files that give them their triples. */
export const documentsOptions = z.strictObject({
  id: z.string().min(1),
  type: z.literal('documents'),
  role: z.undefined().optional(),
  path: z.string().min(1),
  views: z
    .union([
      z
        .string()
        .min(1)
        .transform((path) => [path]),
      z.array(z.string().min(1)),
    ])
    .default([]),
  maxBytes: z
    .int()
    .min(1)
    .default(2 ** 30),
})

/**
 * A folder of documents, and the mapping files that give them their triples; paths relative to the configuration.
 * `maxBytes` bounds the files that are held in memory; 1 GiB unless it is told.
 */
export type DocumentsConfig = z.output<typeof documentsOptions>

/** @throws PolyprovError `configuration`, naming the store and each wrong member */
export function documentsConfig(definition: StoreDefinition): DocumentsConfig {
  const parsed = documentsOptions.safeParse(definition)
  if (parsed.success) return parsed.data
  const reasons = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  )
  throw new PolyprovError('configuration', `Store '${definition.id}' of type documents: ${reasons.join('; ')}`, {
    store: definition.id,
  })
}
