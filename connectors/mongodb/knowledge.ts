import type { CollectionSchema } from './schema.ts'
import { NO_SCHEMA } from './schema.ts'

/** What is known of a collection's fields. */
export interface CollectionKnowledge {
  /** What its validator, or the configuration, says for certain. */
  readonly schema: CollectionSchema
  /** Whether arrays were seen at a path: a hint, of a sample. */
  hasArrays(path: readonly string[]): boolean
  /** Whether numbers were seen at a path that are no integers: a hint, of a sample. */
  hasFractions(path: readonly string[]): boolean
  /** The collection's own, by which it would compare texts where nothing else is said. */
  readonly collation?: unknown
}

export const NO_KNOWLEDGE: CollectionKnowledge = {
  schema: NO_SCHEMA,
  hasArrays: () => false,
  hasFractions: () => false,
}

/** Nesting of documents that is looked into. */
const MOST_LEVELS = 20

/** What a sample of documents shows of the shapes of their fields. */
export function hintsOf(documents: readonly unknown[]): Pick<CollectionKnowledge, 'hasArrays' | 'hasFractions'> {
  const arrays = new Set<string>()
  const fractions = new Set<string>()
  const look = (value: unknown, path: string, level: number): void => {
    if (Array.isArray(value)) {
      arrays.add(path)
      for (const each of value) if (!Array.isArray(each)) look(each, path, level)
    } else if (typeof value === 'number') {
      if (!Number.isInteger(value)) fractions.add(path)
    } else if (isPlain(value) && level < MOST_LEVELS) {
      for (const [name, each] of Object.entries(value)) look(each, path === '' ? name : `${path}.${name}`, level + 1)
    }
  }
  for (const document of documents) look(document, '', 0)
  return {
    hasArrays: (path) => arrays.has(path.join('.')),
    hasFractions: (path) => fractions.has(path.join('.')),
  }
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
