import type { z } from 'zod'
import { PolyprovError } from '../planner/errors.ts'
import type { StoreDefinition } from './connector.ts'

/**
 * A store's definition by the schema of its connector. The message says which members are wrong and never what they
 * hold: they may be credentials.
 * @throws PolyprovError `configuration`, naming the store and each wrong member
 */
export function parseOptions<Schema extends z.ZodType>(schema: Schema, definition: StoreDefinition): z.output<Schema> {
  const parsed = schema.safeParse(definition)
  if (parsed.success) return parsed.data
  const reasons = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  )
  const { id, type } = definition
  throw new PolyprovError('configuration', `Store '${id}' of type ${type}: ${reasons.join('; ')}`, { store: id })
}

/** Whether a URL holds a user name or a password, which belong into options of their own. */
export function hasUserInfo(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username !== '' || password !== ''
}
