import { type Term, termKey } from '../../planner/term.ts'

/** A row of terms, or of nothing where a variable is unbound. Triples are rows of three. */
export type Tuple = readonly (Term | undefined)[]

const keyOf = (term: Term | undefined, blankNode: (label: string) => string): string => {
  if (term === undefined) return ''
  return term.termType === 'BlankNode' ? `_${blankNode(term.value)}` : termKey(term)
}

const tupleKey = (tuple: Tuple, blankNode: (label: string) => string): string =>
  JSON.stringify(tuple.map((term) => keyOf(term, blankNode)))

/**
 * Whether two bags of tuples are equal but for the labels of their blank nodes: some one-to-one mapping of labels makes
 * one the other.
 */
export function isomorphic(left: readonly Tuple[], right: readonly Tuple[]): boolean {
  if (left.length !== right.length) return false
  const [leftColours, rightColours] = [colours(left), colours(right)]
  if (leftColours.size !== rightColours.size) return false
  return search(left, right, leftColours, rightColours)
}

type Colours = ReadonlyMap<string, string>

/** Each blank node's surroundings as text, refined until no two more can be told apart. */
function colours(tuples: readonly Tuple[], start: Colours = new Map()): Colours {
  let known: Colours = new Map(
    tuples.flatMap((tuple) =>
      tuple.flatMap((term) => (term?.termType === 'BlankNode' ? [[term.value, start.get(term.value) ?? '']] : [])),
    ),
  )
  for (let classes = -1; ; ) {
    const before = known
    const surroundings = new Map<string, string[]>([...known.keys()].map((label) => [label, []]))
    for (const tuple of tuples) {
      for (const label of labelsOf(tuple)) {
        surroundings
          .get(label)!
          .push(tupleKey(tuple, (other) => (other === label ? 'self' : `:${before.get(other) ?? ''}`)))
      }
    }
    known = new Map(
      [...surroundings].map(([label, keys]) => [label, hash(`${before.get(label)}${keys.sort().join()}`)]),
    )
    const found = new Set(known.values()).size
    if (found === classes) return known
    classes = found
  }
}

const labelsOf = (tuple: Tuple): ReadonlySet<string> =>
  new Set(tuple.flatMap((term) => (term?.termType === 'BlankNode' ? [term.value] : [])))

/** FNV-1a, twice with different seeds: short enough to nest, long enough not to collide in a test. */
function hash(text: string): string {
  let [a, b] = [0x811c9dc5, 0x1234567]
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193)
    b = Math.imul(b ^ text.charCodeAt(i), 0x01000193) + 1
  }
  return `${(a >>> 0).toString(36)}.${(b >>> 0).toString(36)}`
}

/** Tells blank nodes of one colour apart by trying each, until all colours are single. */
function search(left: readonly Tuple[], right: readonly Tuple[], leftColours: Colours, rightColours: Colours): boolean {
  const leftClasses = classesOf(leftColours)
  const rightClasses = classesOf(rightColours)
  for (const [colour, labels] of leftClasses) if (rightClasses.get(colour)?.length !== labels.length) return false
  const ambiguous = [...leftClasses].find(([, labels]) => labels.length > 1)
  if (ambiguous === undefined) return sameBag(left, right, leftColours, rightColours)
  const [colour, [chosen]] = ambiguous
  const refined = colours(left, new Map([...leftColours, [chosen!, 'chosen']]))
  return rightClasses
    .get(colour)!
    .some((candidate) =>
      search(left, right, refined, colours(right, new Map([...rightColours, [candidate, 'chosen']]))),
    )
}

function classesOf(colouring: Colours): ReadonlyMap<string, readonly string[]> {
  const classes = new Map<string, string[]>()
  for (const [label, colour] of colouring) classes.set(colour, [...(classes.get(colour) ?? []), label])
  return classes
}

function sameBag(
  left: readonly Tuple[],
  right: readonly Tuple[],
  leftColours: Colours,
  rightColours: Colours,
): boolean {
  const keys = (tuples: readonly Tuple[], colouring: Colours): readonly string[] =>
    tuples.map((tuple) => tupleKey(tuple, (label) => colouring.get(label)!)).sort()
  const other = keys(right, rightColours)
  return keys(left, leftColours).every((key, i) => key === other[i])
}

/** Whether rows of the first are rows of the second, no more often, and each of the second is there at least once. */
export function reducedOf(found: readonly Tuple[], expected: readonly Tuple[]): boolean {
  const count = (tuples: readonly Tuple[]): ReadonlyMap<string, number> => {
    const counts = new Map<string, number>()
    for (const tuple of tuples) {
      const key = tupleKey(tuple, (label) => label)
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return counts
  }
  const [own, other] = [count(found), count(expected)]
  return own.size === other.size && [...own].every(([key, times]) => times <= (other.get(key) ?? 0))
}
