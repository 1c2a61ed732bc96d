import type { Pattern, VariableName } from '../algebra.ts'
import { RDF } from '../namespaces.ts'
import { type GraphTerm, iri, type PatternTerm, type Term, termKey } from '../term.ts'
import { samePath, sameRecords } from './record.ts'
import { compatible, determines, mapKey, type TermContext } from './term-map.ts'
import {
  type FieldPath,
  INDEX,
  type PredicateObjectMap,
  type RecordSource,
  ROOT,
  type TermMap,
  type View,
} from './view.ts'

/** A term map applied to the records of one scan: each solution chooses one of its terms. */
export interface Cell {
  readonly scan: number
  readonly map: TermMap
}

/** Cells that must give the same term: that of a variable, or a constant of the patterns. */
export interface Position {
  readonly variable?: VariableName
  /** What the cells must give; of a variable: what it is bound to by a constant term map. */
  readonly term?: Term
  readonly cells: readonly Cell[]
  /** The store has decided all that is asked of it, and nobody reads it. */
  readonly isUnread?: true
}

/** Fields of two scans' records that must share a value, compared as JSON values. */
export interface FieldJoin {
  readonly left: { readonly scan: number; readonly field: FieldPath }
  readonly right: { readonly scan: number; readonly field: FieldPath }
}

/**
 * A conjunctive query over records: one record of each scan, so that the positions agree. Its solutions are those of
 * the positions' variables, each once.
 */
export interface RecordQuery {
  readonly scans: readonly RecordSource[]
  readonly positions: readonly Position[]
  readonly joins: readonly FieldJoin[]
}

export interface UnfoldOptions extends TermContext {
  /** Fields whose texts together tell the stored records of a collection apart; absent: none are known to. */
  readonly key?: (collection: string) => readonly FieldPath[] | undefined
  /** Whether equal terms of a map come from one record, where the store knows more of that than `key` tells. */
  readonly tellsApart?: (map: TermMap, source: RecordSource) => boolean
  /** Most record queries; absent: 1,000. */
  readonly limit?: number
}

/** A query under construction: positions by variable (`?name`) or term key, and joins. */
interface Draft {
  readonly scans: readonly RecordSource[]
  readonly positions: ReadonlyMap<string, Position>
  readonly joins: readonly FieldJoin[]
}

const EMPTY: Draft = { scans: [], positions: new Map(), joins: [] }
const TYPE: TermMap = { kind: 'constant', term: iri(`${RDF}type`) }

/** The properties of a view, its classes among them. */
export const propertiesOf = (view: View): readonly PredicateObjectMap[] => [
  ...view.classes.map((term): PredicateObjectMap => ({ predicate: TYPE, object: { kind: 'constant', term } })),
  ...view.properties,
]

/**
 * A set of triple patterns as a union of queries over records: its answers over the graph that the views give are the
 * distinct solutions of the union. Patterns about one record are answered from one record where its subject tells
 * records apart. `undefined`: more queries than the limit.
 */
export function unfold(
  patterns: readonly Pattern[],
  views: readonly View[],
  options: UnfoldOptions,
): readonly RecordQuery[] | undefined {
  const byName = new Map(views.map((view) => [view.name, view]))
  let drafts: readonly Draft[] = [EMPTY]
  for (const pattern of patterns) {
    const next: Draft[] = []
    for (const draft of drafts) {
      for (const view of views) {
        for (const property of propertiesOf(view)) {
          const extended = extend(draft, pattern, view, property, byName, options)
          if (extended !== undefined) next.push(extended)
        }
      }
      if (next.length > (options.limit ?? 1_000)) return undefined
    }
    drafts = next
  }
  return drafts.map(finish)
}

function extend(
  draft: Draft,
  pattern: Pattern,
  view: View,
  property: PredicateObjectMap,
  views: ReadonlyMap<string, View>,
  options: UnfoldOptions,
): Draft | undefined {
  if ((pattern.graph.termType === 'DefaultGraph') !== (property.graph === undefined)) return undefined
  const child = draft.scans.length
  const drafting = new Drafting(draft, options)
  drafting.scans.push(recordSource(view))
  drafting.put(pattern.predicate, { scan: child, map: property.predicate })
  drafting.put(pattern.subject, { scan: child, map: view.subject })
  if (property.graph !== undefined) drafting.put(pattern.graph, { scan: child, map: property.graph })
  if (property.object.kind !== 'join') {
    drafting.put(pattern.object, { scan: child, map: property.object })
    return drafting.draft()
  }
  const parent = views.get(property.object.view)
  if (parent === undefined) return undefined
  const sameRecord = property.object.on.length === 0 && sameRecords(view, parent)
  if (!sameRecord) drafting.scans.push(recordSource(parent))
  const scan = sameRecord ? child : child + 1
  for (const { child: left, parent: right } of property.object.on) {
    drafting.joins.push({ left: { scan: child, field: left }, right: { scan, field: right } })
  }
  drafting.put(pattern.object, { scan, map: parent.subject })
  return drafting.draft()
}

const recordSource = (view: View): RecordSource =>
  view.iterator === undefined
    ? { collection: view.collection }
    : { collection: view.collection, iterator: view.iterator }

/** One step from a draft to the next; `draft()` is `undefined` where the pattern cannot match. */
class Drafting {
  readonly scans: RecordSource[]
  readonly joins: FieldJoin[]
  readonly #positions: Map<string, Position>
  readonly #options: UnfoldOptions
  #possible = true

  constructor(draft: Draft, options: UnfoldOptions) {
    this.scans = [...draft.scans]
    this.joins = [...draft.joins]
    this.#positions = new Map(draft.positions)
    this.#options = options
  }

  put(wanted: PatternTerm | GraphTerm, cell: Cell): void {
    if (!this.#possible || wanted.termType === 'DefaultGraph') return
    const isVariable = wanted.termType === 'Variable'
    const key = isVariable ? `?${wanted.value}` : termKey(wanted)
    const position =
      this.#positions.get(key) ?? (isVariable ? { variable: wanted.value, cells: [] } : { term: wanted, cells: [] })
    const given: Position = cell.map.kind === 'constant' ? withTerm(position, cell.map.term) : withCell(position, cell)
    this.#possible = agrees(position, cell.map, this.#options)
    this.#positions.set(key, given)
  }

  draft(): Draft | undefined {
    if (!this.#possible) return undefined
    return merged({ scans: this.scans, positions: this.#positions, joins: this.joins }, this.#options)
  }
}

const withTerm = (position: Position, term: Term): Position => ({ ...position, term })

const withCell = (position: Position, cell: Cell): Position =>
  position.cells.some((other) => sameCell(other, cell)) ? position : { ...position, cells: [...position.cells, cell] }

const sameCell = (one: Cell, other: Cell): boolean => one.scan === other.scan && mapKey(one.map) === mapKey(other.map)

function agrees(position: Position, map: TermMap, context: TermContext): boolean {
  const { term } = position
  if (term !== undefined) {
    if (map.kind === 'constant') return termKey(map.term) === termKey(term)
    if (!compatible(map, { kind: 'constant', term: term as never }, context)) return false
  }
  return position.cells.every((cell) => compatible(cell.map, map, context))
}

/** Scans that must meet in the same record become one, until there are no more. */
function merged(draft: Draft, options: UnfoldOptions): Draft {
  let current = draft
  for (;;) {
    const pair = sameScans(current, options)
    if (pair === undefined) return current
    current = merge(current, pair[0], pair[1])
  }
}

/** Two scans that are bound to be at the same record: by a term that tells records apart, or by a join of keys. */
function sameScans(draft: Draft, options: UnfoldOptions): readonly [number, number] | undefined {
  for (const { cells } of draft.positions.values()) {
    for (const [index, cell] of cells.entries()) {
      const source = draft.scans[cell.scan]!
      const other = cells.slice(0, index).find((candidate) => {
        if (candidate.scan === cell.scan || !sameRecords(draft.scans[candidate.scan]!, source)) return false
        return mapKey(candidate.map) === mapKey(cell.map)
      })
      if (other !== undefined && tellsApart(cell.map, source, options)) return ordered(other.scan, cell.scan)
    }
  }
  for (const { left, right } of draft.joins) {
    const source = draft.scans[left.scan]!
    if (left.scan === right.scan || source.iterator !== undefined) continue
    const key = options.key?.(source.collection)
    if (key?.length !== 1 || !sameRecords(source, draft.scans[right.scan]!)) continue
    if (samePath(left.field, key[0]!) && samePath(right.field, key[0]!)) return ordered(left.scan, right.scan)
  }
  return undefined
}

const ordered = (one: number, other: number): readonly [number, number] => (one < other ? [one, other] : [other, one])

/** Whether equal terms of the map come from one and the same record. */
export function tellsApart(map: TermMap, source: RecordSource, options: UnfoldOptions): boolean {
  if (options.tellsApart?.(map, source) === true) return true
  const key = options.key?.(source.collection)
  if (key === undefined) return false
  if (source.iterator === undefined) {
    return (
      determines(map, key) ||
      determines(
        map,
        key.map((path) => [ROOT, ...path]),
      )
    )
  }
  return determines(map, [...key.map((path) => [ROOT, ...path]), [INDEX]])
}

/** The draft in which scan `gone` is scan `kept`. */
function merge(draft: Draft, kept: number, gone: number): Draft {
  const renumber = (scan: number): number => (scan === gone ? kept : scan > gone ? scan - 1 : scan)
  const positions = new Map<string, Position>()
  for (const [key, position] of draft.positions) {
    const cells = position.cells.map(({ scan, map }) => ({ scan: renumber(scan), map }))
    positions.set(key, cells.reduce(withCell, { ...position, cells: [] }))
  }
  const joins = draft.joins.map(({ left, right }) => ({
    left: { scan: renumber(left.scan), field: left.field },
    right: { scan: renumber(right.scan), field: right.field },
  }))
  return {
    scans: draft.scans.filter((_, scan) => scan !== gone),
    positions,
    joins,
  }
}

const finish = (draft: Draft): RecordQuery => ({
  scans: draft.scans,
  positions: [...draft.positions.values()],
  joins: draft.joins,
})
