import type { Pattern } from '../planner/algebra.ts'
import { PolyprovError } from '../planner/errors.ts'
import { type PatternTerm, type Term, termKey, variable } from '../planner/term.ts'
import type { ResolveRequest } from './connector.ts'

/** A name that no query can write: the record as an object of its store. */
export const OBJECT = '.object'
/** Whose rows those of a group are that does not mention the reference. */
export const EVERY = 0

/** The patterns with {@link OBJECT} wherever they speak of the reference. */
export function aboutObjects(
  group: readonly Pattern[],
  { patterns, reference = patterns[0]?.subject }: ResolveRequest,
): readonly Pattern[] {
  const isReference = (term: PatternTerm): boolean => {
    if (reference === undefined || term.termType !== reference.termType) return false
    return term.termType === 'Variable' ? term.value === reference.value : termKey(term) === termKey(reference as Term)
  }
  const object = variable(OBJECT)
  return group.map((pattern) => ({
    ...pattern,
    subject: isReference(pattern.subject) ? object : pattern.subject,
    object: isReference(pattern.object) ? object : pattern.object,
  }))
}

export const tooManyReadings = (store: string): PolyprovError =>
  new PolyprovError('unsupported', `The patterns can be read in too many ways over the views of store '${store}'`, {
    store,
  })
