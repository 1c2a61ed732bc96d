import { RDF } from '../../planner/namespaces.ts'
import type { SourceDescription, TermStatistics } from '../../planner/source.ts'
import { fieldsOf } from '../../planner/views/term-map.ts'
import { propertiesOf } from '../../planner/views/unfold.ts'
import type { PredicateObjectMap, TermMap, View } from '../../planner/views/view.ts'
import type { Catalogue, Table } from './catalogue.ts'
import type { Database, Statement } from './database.ts'
import { fieldOf } from './fields.ts'
import { tellsRowsApart } from './injective.ts'
import { guard, quoted } from './types.ts'

const TYPE = `${RDF}type`

/** Bytes of a table that is counted when it is described; larger ones are as many as the catalogue says. */
const COUNTED_BYTES = 16 * 1024 * 1024

/** Rows of tables that have values in given columns, by table and columns. */
export type Counts = (table: Table, columns: readonly string[]) => number | undefined

/** Counts what the views need of small tables in one statement; of larger ones by the catalogue's statistics. */
export async function countRows(
  views: readonly View[],
  catalogue: Catalogue,
  database: Database,
  signal: AbortSignal,
): Promise<Counts> {
  const wanted = new Map<string, { readonly table: Table; readonly columns: readonly string[] }>()
  for (const view of views) {
    for (const property of propertiesOf(view)) {
      const table = catalogue.tables.get(view.collection)!
      const columns = columnsOf(view, property, table)
      wanted.set(keyOf(table, columns), { table, columns })
    }
  }
  const small = [...wanted].filter(([, { table }]) => table.bytes > 0 && table.bytes <= COUNTED_BYTES)
  const counted = new Map<string, number>()
  if (small.length > 0) {
    const [row = []] = await database.query(
      countStatement(
        small.map(([, each]) => each),
        catalogue.version,
      ),
      signal,
    )
    for (const [index, [key]] of small.entries()) counted.set(key, Number(row[index]))
  }
  return (table, columns) => counted.get(keyOf(table, columns)) ?? estimated(table, columns)
}

const keyOf = ({ sql }: Table, columns: readonly string[]): string => JSON.stringify([sql, ...columns])

/** One scan of each table, however many of its columns are counted. */
function countStatement(
  wanted: readonly { readonly table: Table; readonly columns: readonly string[] }[],
  version: number,
): Statement {
  const tables = [...new Map(wanted.map(({ table }) => [table.sql, table])).values()]
  const items = wanted.map(({ table, columns }, index) => {
    const present = columns.map((name) => hasTerm(table, name, version)).join(' AND ')
    const filter = present === '' ? '' : ` FILTER (WHERE ${present})`
    return { table, sql: `count(*)${filter} AS n${index}`, name: `n${index}` }
  })
  const parts = tables.map((table, number) => {
    const own = items.filter((item) => item.table.sql === table.sql).map(({ sql }) => sql)
    return `(SELECT ${own.join(', ')} FROM ${table.sql}) AS s${number}`
  })
  return { text: `SELECT ${items.map(({ name }) => `${name}::text`).join(', ')} FROM ${parts.join(', ')}`, values: [] }
}

const hasTerm = (table: Table, name: string, version: number): string =>
  guard(table.columns.get(name)!.type, quoted(name), version) ?? `${quoted(name)} IS NOT NULL`

function estimated(table: Table, columns: readonly string[]): number | undefined {
  if (table.rows <= 0) return undefined
  const share = columns.reduce((all, name) => all * (1 - (table.columns.get(name)?.nullShare ?? 0)), 1)
  return Math.round(table.rows * share)
}

/** The columns that a property's triples need values in. */
function columnsOf(view: View, { object }: PredicateObjectMap, table: Table): readonly string[] {
  const paths = object.kind === 'join' ? object.on.map(({ child }) => child) : fieldsOf(object)
  const fields = [...fieldsOf(view.subject), ...paths].flatMap((path) => fieldOf(table, view, path) ?? [])
  const open = fields.filter(({ column }) => column.nullable || guard(column.type, '', 0) !== undefined)
  return [...new Set(open.map(({ column }) => column.name))].sort()
}

/** Whether each row with values gives one triple, and no other row the same. */
function isOneEach(view: View, { predicate, object, graph }: PredicateObjectMap, table: Table): boolean {
  if (predicate.kind !== 'constant' || (graph !== undefined && graph.kind !== 'constant') || object.kind === 'join')
    return false
  const isScalar = (map: TermMap): boolean =>
    isAlwaysTerm(map) && fieldsOf(map).every((path) => fieldOf(table, view, path)?.isScalar === true)
  return isScalar(view.subject) && isScalar(object) && tellsRowsApart(view.subject, table, view)
}

/** Texts of a field may be no IRIs; how many are is not worth finding out. */
const isAlwaysTerm = (map: TermMap): boolean => map.kind !== 'field' || map.termType === 'literal'

/** What the views answer. Classes are not asked through references: every pattern with a class would be. */
export function descriptionOf(
  views: readonly View[],
  catalogue: Catalogue,
  counts: Counts,
  objectPrefix: (collection: string) => string,
): SourceDescription {
  const predicates = new Tally()
  const classes = new Tally()
  const ofReferences = new Tally()
  let anyPredicate = false
  let anyClass = false
  for (const view of views) {
    const table = catalogue.tables.get(view.collection)!
    for (const property of propertiesOf(view)) {
      const { predicate, object } = property
      if (predicate.kind !== 'constant') {
        anyPredicate = true
        anyClass = true
        continue
      }
      const name = predicate.term.value
      const count = isOneEach(view, property, table) ? counts(table, columnsOf(view, property, table)) : undefined
      predicates.add(name, count)
      if (isObject(view.subject, objectPrefix(view.collection)) && name !== TYPE) ofReferences.add(name, count)
      if (name !== TYPE) continue
      if (object.kind === 'constant') classes.add(object.term.value, count)
      else anyClass = true
    }
  }
  const triples = predicates.total()
  return {
    ...(anyPredicate ? {} : { predicates: predicates.statistics() }),
    ...(anyClass ? {} : { classes: classes.statistics() }),
    ...(triples === undefined || anyPredicate ? {} : { triples }),
    views,
    namedGraphs: views.some((view) => view.properties.some(({ graph }) => graph !== undefined)),
    referencePredicates: ofReferences.statistics(),
  }
}

/** Counts by IRI; one that is not known makes the sum unknown. */
class Tally {
  readonly #counts = new Map<string, number | undefined>()

  add(iri: string, count: number | undefined): void {
    const before = this.#counts.has(iri) ? this.#counts.get(iri) : 0
    this.#counts.set(iri, before === undefined || count === undefined ? undefined : before + count)
  }

  total(): number | undefined {
    return [...this.#counts.values()].reduce<number | undefined>(
      (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
      0,
    )
  }

  statistics(): readonly TermStatistics[] {
    return [...this.#counts].map(([iri, count]) =>
      count === undefined ? { iri } : { iri, count, distinctSubjects: count },
    )
  }
}

/** Whether a subject is the IRI of the row as an object of its store, and nothing beneath it. */
const isObject = (subject: TermMap, prefix: string): boolean =>
  subject.kind === 'template' && subject.text[0] === prefix && subject.text.at(-1) === ''
