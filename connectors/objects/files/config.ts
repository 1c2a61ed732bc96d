import { z } from 'zod'
import type { StoreDefinition } from '../../connector.ts'
import { parseOptions } from '../../parse-options.ts'

/** Options of a folder of files. */
export const filesOptions = z.strictObject({
  id: z.string().min(1),
  type: z.literal('files'),
  role: z.undefined().optional(),
  path: z.string().min(1),
})

/** A folder of files; its path relative to the configuration. */
export type FilesConfig = z.output<typeof filesOptions>

/** @throws PolyprovError `configuration`, naming the store and each wrong member */
export const filesConfig = (definition: StoreDefinition): FilesConfig => parseOptions(filesOptions, definition)
