import { z } from 'zod'
import { PolyprovError } from '../planner/errors.ts'
import type { StoreDefinition } from './connector.ts'

/** Options that every store has and the engine sees to; a connector that has one of the same name sees it too. */
const COMMON_OPTIONS: readonly string[] = ['timeout']

/** The definition without the options that are none of the connector's. */
export const ownOptions = <Options extends object>(schema: z.ZodType, definition: Options): Options => {
  if (!(schema instanceof z.ZodObject)) return definition
  const foreign = COMMON_OPTIONS.filter((name) => !Object.hasOwn(schema.shape, name))
  return Object.fromEntries(Object.entries(definition).filter(([name]) => !foreign.includes(name))) as Options
}

/**
 * A store's definition by the schema of its connector. The message says which members are wrong and never what they
 * hold: they may be credentials.
 * @throws PolyprovError `configuration`, naming the store and each wrong member
 */
export function parseOptions<Schema extends z.ZodType>(schema: Schema, definition: StoreDefinition): z.output<Schema> {
  const parsed = schema.safeParse(ownOptions(schema, definition))
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
