import { z } from 'zod'
import { PolyprovError } from '../../../planner/errors.ts'
import type { StoreDefinition } from '../../connector.ts'

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
export function filesConfig(definition: StoreDefinition): FilesConfig {
  const parsed = filesOptions.safeParse(definition)
  if (parsed.success) return parsed.data
  const reasons = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  )
  throw new PolyprovError('configuration', `Store '${definition.id}' of type files: ${reasons.join('; ')}`, {
    store: definition.id,
  })
}
