import { z } from 'zod'

/** Options of a columnar store; without a path it lives in memory. */
export const columnarOptions = z.strictObject({
  id: z.string().min(1),
  type: z.string().min(1),
  role: z.literal('provenance').optional(),
  /** Folder of the store, relative to the configuration. */
  path: z.string('must be the name of a folder').min(1, 'must be the name of a folder').optional(),
  readOnly: z.boolean().optional(),
  /**
   * Whether SPARQL Update and the Graph Store Protocol may change the store; off by default. `load` names what LOAD may
   * read: beginnings of http and https URLs, and folders relative to the configuration. None: LOAD is refused.
   */
  update: z
    .union(
      [z.boolean(), z.strictObject({ load: z.array(z.string().min(1)) })],
      'must be true, false, or { load: [beginnings of URLs, and folders] }',
    )
    .optional(),
})
