import { z } from 'zod'

/** What LOAD may read: the beginning of a URL that `new URL` takes, or a folder. */
const place = z
  .string()
  .min(1)
  .refine((text) => !/^[A-Za-z][A-Za-z0-9+.-]+:/.test(text) || (/^https?:/i.test(text) && URL.canParse(text)), {
    error: 'must be the beginning of an http or https URL, or a folder',
  })

/** Options of a columnar store; without a path it lives in memory. */
export const columnarOptions = z
  .strictObject({
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
        [z.boolean(), z.strictObject({ load: z.array(place) })],
        'must be true, false, or { load: [beginnings of URLs, and folders] }',
      )
      .optional(),
  })
  .refine(({ readOnly, update = false }) => readOnly !== true || update === false, {
    path: ['update'],
    error: 'must be false where readOnly is true',
  })
