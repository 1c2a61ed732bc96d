import type { Expression, OrderKey } from '../../planner/algebra.ts'
import { variablesOfExpression } from '../../planner/variables.ts'
import { fieldsIn } from './cells.ts'
import { rawColumns } from './derive.ts'
import { naturalSlot, numericOf } from './expressions.ts'
import { type Member, slotOf } from './member.ts'
import { joined, type Sql, sql, text } from './sql.ts'
import type { Kind } from './types.ts'

/** Types whose order is SPARQL's; those of texts only by code points. */
export const ORDERED: ReadonlySet<Kind> = new Set<Kind>([
  'integer',
  'decimal',
  'boolean',
  'date',
  'timestamp',
  'timestamptz',
])
/** Types whose texts are written into an IRI as they are. */
const UNRESERVED: ReadonlySet<Kind> = new Set<Kind>(['integer', 'uuid', 'boolean'])

/** ORDER BY in SQL; `undefined` where it would be another order. */
export function orderClause(member: Member, by: readonly OrderKey[]): Sql | undefined {
  const keys: Sql[] = []
  for (const { expression, descending } of by) {
    const found = sortKeys(member, expression)
    if (found === undefined) return undefined
    // An index is of use only where the order is its own: NULLs are told a place where there may be some.
    const direction = descending ? ' DESC' : ''
    const nulls = isCertain(member, expression) ? '' : descending ? ' NULLS LAST' : ' NULLS FIRST'
    for (const key of found) keys.push(sql`${key}${direction}${nulls}`)
  }
  return keys.length === 0 ? [] : sql` ORDER BY ${joined(keys, ', ')}`
}

const isCertain = (member: Member, expression: Expression): boolean =>
  variablesOfExpression(expression).every((name) => slotOf(member, name)?.optional === undefined)

function sortKeys(member: Member, expression: Expression): readonly Sql[] | undefined {
  if (expression.kind === 'variable') {
    const slot = slotOf(member, expression.name)
    if (slot === undefined) return []
    if (!slot.isChecked) return undefined
    if (slot.term !== undefined)
      return slot.optional === undefined ? [] : [sql`((${slot.optional.marker}) IS NOT NULL)`]
    return variableKeys(member, expression) ?? iriKeys(member, expression.name)
  }
  const number = numericOf(member, expression)
  return number === undefined ? undefined : [number.sql]
}

function variableKeys(member: Member, expression: Expression): readonly Sql[] | undefined {
  const found = naturalSlot(member, expression)
  if (found === undefined) return undefined
  const { kind } = found.column.type
  if (ORDERED.has(kind)) return [found.sql]
  if (kind === 'text') return member.scope.isUnicode ? [sql`${found.sql} COLLATE "C"`] : undefined
  // NaN comes first here, and last in PostgreSQL.
  return kind === 'double' || kind === 'single' ? [sql`(${found.sql} <> 'NaN')`, found.sql] : undefined
}

/** IRIs of a template in the order of their code points, where its values are written as they are. */
function iriKeys(member: Member, name: string): readonly Sql[] | undefined {
  const slot = slotOf(member, name)!
  const [cell] = slot.cells
  if (cell?.map.kind !== 'template' || cell.map.termType !== 'iri') return undefined
  const raw = rawColumns(member, slot)
  const fields = fieldsIn(member.scope, cell)
  if (raw === undefined || !fields.every(({ column }) => UNRESERVED.has(column.type.kind) && column.term === undefined))
    return undefined
  const texts = cell.map.text.slice(1)
  const parts = raw.flatMap(({ sql: value }, index): Sql[] => {
    const after = texts[index]!
    return after === '' ? [sql`${value}::text`] : [sql`${value}::text`, text(after)]
  })
  return [sql`(${joined(parts, ' || ')}) COLLATE "C"`]
}
