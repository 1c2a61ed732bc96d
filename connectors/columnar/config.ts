import { z } from 'zod'

/** Options of a columnar store; without a path it lives in memory. */
export const columnarOptions = z.strictObject({
  id: z.string().min(1),
  type: z.string().min(1),
  role: z.literal('provenance').optional(),
  /** Folder of the store, relative to the configuration. */
  path: z.string('must be the name of a folder').min(1, 'must be the name of a folder').optional(),
  readOnly: z.boolean().optional(),
})
