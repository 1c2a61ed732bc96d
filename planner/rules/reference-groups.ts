import type { Pattern, Plan } from '../algebra.ts'
import { selectSources, soleSource, statisticsOf } from '../select.ts'
import type { Catalog, Source } from '../source.ts'
import { isVariable, type PatternTerm } from '../term.ts'

/** Patterns that hang on one data reference: its header terms, and those of the nodes within it. */
export interface ReferenceGroup {
  readonly reference: PatternTerm
  /** Stores that answer every one of the patterns: a reference is kept in one store. */
  readonly sources: readonly Source[]
  readonly patterns: readonly Pattern[]
  /** Whether the patterns begin at a node within an object, with nothing that says of which. */
  readonly withinObject: boolean
}

interface Candidate {
  readonly pattern: Pattern
  readonly sources: readonly Source[]
}

/**
 * Splits the inputs of a join into the groups of their data references and all else. A store whose views answer both of
 * recorded references and of objects that the provenance does not know is asked by reference only where `around`, all
 * that is joined with the inputs, says that the provenance knows the subject.
 */
export function groupByReference(
  inputs: readonly Plan[],
  around: readonly Plan[],
  catalog: Catalog,
): { readonly groups: readonly ReferenceGroup[]; readonly others: readonly Plan[] } {
  const onReferences = inputs.flatMap((input): readonly Candidate[] => {
    if (input.kind !== 'pattern') return []
    const { sources, references } = selectSources(input, catalog)
    if (references.length === 0 || !sources.every((source) => references.includes(source))) return []
    return sources.length === 0 || isRecorded(input.subject, around, catalog)
      ? [{ pattern: input, sources: references }]
      : []
  })
  if (onReferences.length === 0) return { groups: [], others: inputs }

  const inner = innerPatterns(inputs, onReferences, catalog)
  const all = [...onReferences, ...inner]
  const groups = rootsOf(onReferences).map((reference) => groupOf(reference, all))
  const taken = new Set<Plan>(groups.flatMap(({ patterns }) => patterns))
  return { groups, others: inputs.filter((input) => !taken.has(input)) }
}

/** Whether a pattern or path that only the provenance answers has the term as its subject or object. */
function isRecorded(term: PatternTerm, around: readonly Plan[], catalog: Catalog): boolean {
  const same = (other: PatternTerm) => other.termType === term.termType && other.value === term.value
  return around.some((plan) => {
    if (plan.kind !== 'pattern' && plan.kind !== 'path') return false
    if (!same(plan.subject) && !same(plan.object)) return false
    if (plan.kind === 'path') return soleSource(plan, catalog)?.role === 'provenance'
    const { sources, references } = selectSources(plan, catalog)
    return references.length === 0 && sources.length === 1 && sources[0]!.role === 'provenance'
  })
}

/** Ordinary patterns of the same stores on nodes that the reference's own patterns lead to: a document's geometry. */
function innerPatterns(
  inputs: readonly Plan[],
  onReferences: readonly Candidate[],
  catalog: Catalog,
): readonly Candidate[] {
  const found: Candidate[] = []
  const reached = new Map<string, readonly Source[]>()
  const reach = ({ pattern, sources }: Candidate) => {
    if (isVariable(pattern.object)) reached.set(pattern.object.value, sources)
  }
  for (const candidate of onReferences) reach(candidate)
  for (let grown = true; grown; ) {
    grown = false
    for (const input of inputs) {
      if (input.kind !== 'pattern' || !isVariable(input.subject) || found.some(({ pattern }) => pattern === input))
        continue
      const holders = reached.get(input.subject.value)
      if (holders === undefined || onReferences.some(({ pattern }) => pattern === input)) continue
      const { sources, references } = selectSources(input, catalog)
      const own = [...sources, ...references]
      if (own.length === 0 || !own.every((source) => holders.includes(source))) continue
      const candidate = { pattern: input, sources: own }
      found.push(candidate)
      reach(candidate)
      grown = true
    }
  }
  return found
}

/** Subjects that no other of the patterns leads to. */
function rootsOf(candidates: readonly Candidate[]): readonly PatternTerm[] {
  const objects = new Set(
    candidates.flatMap(({ pattern }) => (isVariable(pattern.object) ? [pattern.object.value] : [])),
  )
  const roots = new Map<string, PatternTerm>()
  for (const { pattern } of candidates) {
    const { subject } = pattern
    if (!isVariable(subject) || !objects.has(subject.value)) roots.set(`${subject.termType} ${subject.value}`, subject)
  }
  return [...roots.values()]
}

function groupOf(reference: PatternTerm, candidates: readonly Candidate[]): ReferenceGroup {
  const members: Candidate[] = []
  const subjects = [reference]
  for (let i = 0; i < subjects.length; i++) {
    const subject = subjects[i]!
    for (const candidate of candidates) {
      if (members.includes(candidate)) continue
      const own = candidate.pattern.subject
      if (own.termType !== subject.termType || own.value !== subject.value) continue
      members.push(candidate)
      if (isVariable(candidate.pattern.object)) subjects.push(candidate.pattern.object)
    }
  }
  const [first, ...rest] = members
  const sources = first!.sources.filter((source) => rest.every((member) => member.sources.includes(source)))
  const withinObject = members.some(
    ({ pattern }) => pattern.subject.value === reference.value && isOfNodes(pattern, sources),
  )
  return { reference, sources, patterns: members.map(({ pattern }) => pattern), withinObject }
}

const isOfNodes = ({ predicate }: Pattern, sources: readonly Source[]): boolean =>
  sources.some(
    ({ description }) => statisticsOf(description.referencePredicates ?? [], predicate.value)?.ofNodes === true,
  )
