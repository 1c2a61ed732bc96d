import type { BaseDictionary } from '../../connector.ts'
import {
  ALL_GRAPHS,
  type Cursor,
  countRows,
  NAMED_GRAPHS,
  openCursor,
  type QuadBlock,
  quadBlock,
  type TableLists,
} from './cursor.ts'
import type { TermDictionary } from './dictionary.ts'
import { graphsOf, predicateIndex, type Table } from './table.ts'

/** What a store knows of one predicate, over the default graph and every named one. */
export interface PredicateStatistics {
  /** Triples, each as often as there are graphs that hold it. */
  readonly count: number
  /** Exact after a compaction; until then a term may be counted once for each table that has it. */
  readonly distinctSubjects: number
  readonly distinctObjects: number
}

/** A cheap, immutable state of the store: it answers the same whatever is written meanwhile. */
export interface Snapshot extends TableLists {
  readonly dictionary: BaseDictionary
  /** Quads in all. */
  readonly quads: number
  /**
   * Calls `visit` with each quad of a pattern, until it returns `true`. 0 stands for any term; as a graph 0 is the
   * default graph, a named graph its id, {@link NAMED_GRAPHS} every named graph, {@link ALL_GRAPHS} all of them.
   */
  match(subject: number, predicate: number, object: number, graph: number, visit: QuadVisitor): void
  /** How many quads a pattern has: by binary search, and exact. */
  count(subject: number, predicate: number, object: number, graph: number): number
  /** A reader of this snapshot for many patterns one after the other. */
  cursor(): Cursor
  /** The named graphs that hold a quad, ascending. */
  graphs(): Uint32Array
  /** The predicates in use, by id. */
  predicates(): ReadonlyMap<number, PredicateStatistics>
  /** The objects of a predicate with the number of its triples for each: the classes, for `rdf:type`. */
  objectCounts(predicate: number): ReadonlyMap<number, number>
  /**
   * The value of a literal where a JavaScript number holds it exactly (doubles, floats, safe integers); parsed once.
   */
  number(id: number): number | undefined
}

export type QuadVisitor = (subject: number, predicate: number, object: number, graph: number) => unknown

const VISIT_ROWS = 512

export function snapshotOf(
  dictionary: TermDictionary,
  version: number,
  defaults: readonly Table[],
  named: readonly Table[],
  quads: number,
): Snapshot {
  const lists = { version, defaults, named }
  const frozen = dictionary.frozen(dictionary.size)
  let graphs: Uint32Array | undefined
  let statistics: ReadonlyMap<number, PredicateStatistics> | undefined
  let block: QuadBlock | undefined
  const count = (subject: number, predicate: number, object: number, graph: number): number =>
    countRows(lists, subject, predicate, object, graph)

  return {
    ...lists,
    dictionary: frozen,
    quads,
    count,
    cursor: () => openCursor(lists),
    match(subject, predicate, object, graph, visit) {
      // A visitor may itself ask for another pattern: the block belongs to one call at a time.
      const room = block ?? quadBlock(VISIT_ROWS)
      block = undefined
      const cursor = openCursor(lists)
      cursor.open(subject, predicate, object, graph)
      visitAll(cursor, room, visit)
      block = room
    },
    graphs() {
      graphs ??= liveGraphs(named, (graph) => count(0, 0, 0, graph))
      return graphs
    },
    predicates() {
      statistics ??= predicateStatistics([...defaults, ...named], (predicate) => count(0, predicate, 0, ALL_GRAPHS))
      return statistics
    },
    objectCounts: (predicate) =>
      objectCounts([...defaults, ...named], predicate, (object) => count(0, predicate, object, ALL_GRAPHS)),
    number: (id) => (id >= 1 && id <= frozen.mark ? dictionary.number(id) : undefined),
  }
}

function visitAll(cursor: Cursor, block: QuadBlock, visit: QuadVisitor): void {
  while (!cursor.ended) {
    const rows = cursor.read(block, VISIT_ROWS)
    for (let row = 0; row < rows; row++)
      if (visit(block.subjects[row]!, block.predicates[row]!, block.objects[row]!, block.graphs[row]!) === true) return
  }
}

function liveGraphs(named: readonly Table[], count: (graph: number) => number): Uint32Array {
  const found = new Set<number>()
  for (const table of named)
    for (const graph of graphsOf(table))
      if (!found.has(graph) && (table.bySubject.removedRows === 0 || count(graph) > 0)) found.add(graph)
  return Uint32Array.from(found).sort()
}

function predicateStatistics(
  tables: readonly Table[],
  count: (predicate: number) => number,
): ReadonlyMap<number, PredicateStatistics> {
  const found = new Map<number, PredicateStatistics>()
  for (const table of tables)
    for (const predicate of table.predicates) {
      if (found.has(predicate)) continue
      const quads = count(predicate)
      if (quads === 0) continue
      const indexes = tables.map((each) => [each, predicateIndex(each, predicate)] as const).filter(([, at]) => at >= 0)
      const sum = (of: (table: Table, index: number) => number): number =>
        Math.min(
          quads,
          indexes.reduce((total, [each, index]) => total + of(each, index), 0),
        )
      found.set(predicate, {
        count: quads,
        distinctSubjects: sum((each, index) => each.distinctSubjects[index]!),
        distinctObjects: sum((each, index) => each.distinctObjects[index]!),
      })
    }
  return found
}

function objectCounts(
  tables: readonly Table[],
  predicate: number,
  count: (object: number) => number,
): ReadonlyMap<number, number> {
  const found = new Map<number, number>()
  for (const table of tables) {
    const index = predicateIndex(table, predicate)
    if (index < 0) continue
    const objects = table.byObject.first
    let previous = 0
    for (let row = table.starts[index]!; row < table.starts[index + 1]!; row++) {
      const object = objects[row]!
      if (object === previous) continue
      previous = object
      if (!found.has(object)) found.set(object, count(object))
    }
  }
  for (const [object, rows] of found) if (rows === 0) found.delete(object)
  return found
}
