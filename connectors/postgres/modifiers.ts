import type { Aggregate, VariableName } from '../../planner/algebra.ts'
import { arithmetic } from '../../planner/functions/numeric.ts'
import { integerValue, numericTerm, parseNumeric } from '../../planner/functions/numeric-values.ts'
import { XSD } from '../../planner/namespaces.ts'
import { iri, literal, type Term } from '../../planner/term.ts'
import type { Cell } from '../../planner/views/unfold.ts'
import type { Shape } from '../documents/shape.ts'
import type { Column } from './catalogue.ts'
import { columnOf, naturalColumn } from './cells.ts'
import type { Member, PostgresQuery, Slot } from './compile.ts'
import { isInjective } from './injective.ts'
import { equatesTerms, type Kind, lexicalForm, naturalDatatype, reading } from './types.ts'

/** A column to sort by. */
export interface Ordering {
  readonly column: string
  readonly descending: boolean
}

/** An aggregate as SQL, and the term that its texts stand for. */
export interface SqlAggregate {
  readonly variable: VariableName
  readonly columns: readonly string[]
  term(texts: readonly (string | null)[]): Term | undefined
}

export interface Grouping {
  readonly keys: readonly Slot[]
  readonly output: readonly VariableName[]
  readonly aggregates: readonly SqlAggregate[]
}

type Base = Pick<PostgresQuery, 'members' | 'conditions' | 'isRepeating' | 'distinct'>

/** Types whose order is SPARQL's; those of texts only by code points. */
const ORDERED: ReadonlySet<Kind> = new Set<Kind>(['integer', 'decimal', 'date', 'timestamp', 'timestamptz'])

/** A variable's column whose values are compared as its terms are. */
function orderedColumn(
  member: Member,
  name: VariableName,
): { readonly cell: Cell; readonly column: Column } | undefined {
  const slot = member.slots.find(({ variable }) => variable === name)
  const [cell] = slot?.cells ?? []
  if (slot?.isChecked !== true || slot.term !== undefined || cell?.map.kind !== 'field') return undefined
  const column = naturalColumn(member.scope, cell)
  return column !== undefined && cell.map.datatype === naturalDatatype(column.type) ? { cell, column } : undefined
}

/** ORDER BY in SQL; `undefined` where it would be another order. */
export function orderingOf(shape: Shape, { members, isRepeating, distinct }: Base): readonly Ordering[] | undefined {
  if (shape.order.length === 0) return []
  const [member, other] = members
  if (member === undefined || other !== undefined || isRepeating || distinct || shape.group !== undefined)
    return undefined
  const found: Ordering[] = []
  for (const { expression, descending } of shape.order) {
    const known = expression.kind === 'variable' ? orderedColumn(member, expression.name) : undefined
    if (known === undefined || !ORDERED.has(known.column.type.kind)) return undefined
    found.push({ column: columnOf(known.cell.scan, known.column), descending })
  }
  return found
}

/** GROUP BY in SQL; `undefined` where the terms could come out otherwise. */
export function groupingOf(group: NonNullable<Shape['group']>, base: Base): Grouping | undefined {
  const [member, other] = base.members
  const isPlain = member?.isExact === true && other === undefined && base.conditions.length === 0 && !base.isRepeating
  if (!isPlain) return undefined
  const keys = group.keys.map((name) => member.slots.find(({ variable }) => variable === name))
  if (keys.some((slot) => slot === undefined || !isGroupable(member, slot))) return undefined
  const aggregates = group.aggregates.map((aggregate) => aggregateOf(member, aggregate))
  if (aggregates.some((aggregate) => aggregate === undefined)) return undefined
  return {
    keys: keys as readonly Slot[],
    output: [...group.keys, ...group.aggregates.map(({ variable }) => variable)],
    aggregates: aggregates as readonly SqlAggregate[],
  }
}

/** Whether equal terms of the slot are equal values of its columns. */
function isGroupable({ scope }: Member, { term, cells }: Slot): boolean {
  const [cell] = cells
  if (term !== undefined || cell === undefined) return true
  return isInjective(cell.map, scope.tables[cell.scan]!, scope.scans[cell.scan]!)
}

function aggregateOf(member: Member, aggregate: Aggregate): SqlAggregate | undefined {
  const { variable, expression } = aggregate
  if (aggregate.function === 'count') return countOf(member, aggregate)
  const known = expression?.kind === 'variable' ? orderedColumn(member, expression.name) : undefined
  if (known === undefined) return undefined
  const { type } = known.column
  const name = columnOf(known.cell.scan, known.column)
  const distinct = aggregate.distinct ? 'DISTINCT ' : ''
  const isNumber = type.kind === 'integer' || type.kind === 'decimal'
  switch (aggregate.function) {
    case 'sum':
      if (!isNumber) return undefined
      return { variable, columns: [`sum(${distinct}${name})::text`], term: ([sum]) => sumTerm(type.kind, sum ?? null) }
    case 'avg':
      if (!isNumber) return undefined
      return {
        variable,
        columns: [`sum(${distinct}${name})::text`, `count(${distinct}${name})::text`],
        term: ([sum, count]) => averageTerm(type.kind, sum ?? null, Number(count)),
      }
    case 'min':
    case 'max': {
      if (!ORDERED.has(type.kind)) return undefined
      const datatype = iri(naturalDatatype(type)!)
      return {
        variable,
        columns: [reading(type, `${aggregate.function}(${name})`)],
        term([text]) {
          const lexical = text == null ? undefined : lexicalForm(type, text)
          return lexical === undefined ? undefined : literal(lexical, datatype)
        },
      }
    }
    default:
      return undefined
  }
}

function countOf(member: Member, { variable, expression, distinct }: Aggregate): SqlAggregate | undefined {
  const term = ([count]: readonly (string | null)[]): Term => literal(count ?? '0', iri(`${XSD}integer`))
  // Solutions are distinct, and bind every variable.
  if (expression === undefined || (expression.kind === 'variable' && !distinct)) {
    if (expression?.kind === 'variable' && member.slots.every((slot) => slot.variable !== expression.name))
      return undefined
    return { variable, columns: ['count(*)::text'], term }
  }
  const known = expression.kind === 'variable' ? orderedColumn(member, expression.name) : undefined
  if (known === undefined || !equatesTerms(known.column.type, known.column.isDeterministic)) return undefined
  return { variable, columns: [`count(DISTINCT ${columnOf(known.cell.scan, known.column)})::text`], term }
}

const sumTerm = (kind: Kind, sum: string | null): Term | undefined =>
  sum === null
    ? numericTerm(integerValue(0))
    : numericTerm(parseNumeric(kind === 'integer' ? 'integer' : 'decimal', sum))

function averageTerm(kind: Kind, sum: string | null, count: number): Term | undefined {
  if (sum === null) return numericTerm(integerValue(0))
  const total = parseNumeric(kind === 'integer' ? 'integer' : 'decimal', sum)
  return total === undefined ? undefined : numericTerm(arithmetic('/', total, integerValue(count)))
}
