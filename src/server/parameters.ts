import { z } from 'zod'
import { PolyprovError } from '../../planner/errors.ts'

/** An integer of a query string, or of a JSON body. */
export const integerParameter = (minimum: number, maximum: number) =>
  z
    .union([
      z.int(),
      z
        .string()
        .regex(/^-?\d{1,15}$/, 'must be an integer')
        .transform(Number),
    ])
    .pipe(z.int().min(minimum).max(maximum))

/** `true` or `false`, of a query string or of a JSON body. */
export const booleanParameter = () =>
  z
    .union([z.boolean(), z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')])
    .pipe(z.boolean())

/** An absolute IRI. */
export const iriParameter = () =>
  z.string().regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`]*$/, 'must be an absolute IRI')

/** Options that every query takes. */
export const queryOptionsShape = {
  timeout: integerParameter(1, 86_400_000).optional().describe('Deadline in milliseconds'),
  partial: booleanParameter().optional().describe('A store or reference that fails becomes a warning, not an error'),
  verify: booleanParameter().optional().describe('Recompute pushed parts locally and compare'),
}

export const queryOptionsSchema = z.object(queryOptionsShape)

const listOf = (issue: z.core.$ZodIssue): string => {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return (
      issue.errors
        .map((issues) => issues[0]?.message ?? '')
        .filter(Boolean)
        .at(-1) ?? issue.message
    )
  }
  return issue.message
}

/** The validated value. @throws `parameter`, naming the first that is wrong or unknown */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  if (issue.code === 'unrecognized_keys') {
    const parameter = issue.keys[0]!
    throw new PolyprovError('parameter', `there is no parameter "${parameter}" here`, { parameter })
  }
  const parameter = issue.path.map(String).join('.')
  if (parameter === '') throw new PolyprovError('parameter', `the body is wrong: ${listOf(issue)}`)
  const missing = issue.code === 'invalid_type' && issue.input === undefined && /received undefined/.test(issue.message)
  throw new PolyprovError(
    'parameter',
    missing ? `the parameter "${parameter}" is missing` : `the parameter "${parameter}" is wrong: ${listOf(issue)}`,
    { parameter },
  )
}

/** Name and value pairs as an object; a name that may be repeated becomes an array. @throws `parameter` */
export function collect(
  pairs: Iterable<[string, string]>,
  repeatable: readonly string[] = [],
): Record<string, unknown> {
  const values: Record<string, unknown> = Object.create(null)
  for (const [name, value] of pairs) {
    if (repeatable.includes(name)) {
      const list = (values[name] ?? []) as readonly string[]
      values[name] = [...list, value]
    } else if (name in values) {
      throw new PolyprovError('parameter', `the parameter "${name}" is given twice`, { parameter: name })
    } else values[name] = value
  }
  return values
}
