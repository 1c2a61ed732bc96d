import { z } from 'zod'
import type { StoreDefinition } from '../connector.ts'
import { parseOptions } from '../parse-options.ts'
import { viewsOption } from '../views-option.ts'

/** Options of a folder of documents and the mapping files that give them their triples. */
export const documentsOptions = z.strictObject({
  id: z.string().min(1),
  type: z.literal('documents'),
  role: z.undefined().optional(),
  path: z.string().min(1),
  views: viewsOption,
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
export const documentsConfig = (definition: StoreDefinition): DocumentsConfig =>
  parseOptions(documentsOptions, definition)
