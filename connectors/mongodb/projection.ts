import { absolutePath } from '../../planner/views/record.ts'
import { fieldsOf } from '../../planner/views/term-map.ts'
import type { RecordQuery } from '../../planner/views/unfold.ts'
import type { FieldPath, RecordSource } from '../../planner/views/view.ts'

/** What `find` returns of a document; `undefined`: all of it. */
export type Projection = Readonly<Record<string, 0 | 1>> | undefined

/** The fields that one scan reads. */
export function projectionOf(query: RecordQuery, scan: number): Projection {
  const cells = query.positions.flatMap(({ cells: all, isUnread }) =>
    isUnread ? [] : all.filter((cell) => cell.scan === scan),
  )
  const joined = query.joins.flatMap(({ left, right }) => [left, right].filter((side) => side.scan === scan))
  const fields = [...cells.flatMap(({ map }) => fieldsOf(map)), ...joined.map(({ field }) => field)]
  return projection([{ source: query.scans[scan]!, fields }])
}

/** The fields that are read of the records of some sources over one collection. */
export function projection(
  read: readonly { readonly source: RecordSource; readonly fields: readonly FieldPath[] }[],
): Projection {
  const paths = new Set<string>()
  for (const { source, fields } of read) {
    // The elements of an array have to be there, and in their places, even where nothing is read of them.
    const all = source.iterator === undefined ? fields : [...fields, []]
    for (const field of all) {
      const isElement = field.length === 0
      const path = isElement ? source.iterator : (absolutePath(source, field) ?? source.iterator)
      const named = nameable(path ?? [])
      if (named === undefined) return undefined
      paths.add(named)
    }
  }
  const needed = [...paths].filter((path) => ![...paths].some((other) => path.startsWith(`${other}.`)))
  if (needed.length === 0) return { _id: 1 }
  const fields = needed.map((path) => [path, 1] as const)
  return Object.fromEntries(needed.includes('_id') ? fields : [['_id', 0] as const, ...fields])
}

/** As much of a path as a projection can name; `undefined`: nothing. */
function nameable(path: FieldPath): string | undefined {
  const names = path.filter((segment) => segment !== '*')
  const end = names.findIndex((name) => !/^[^.$\0]+$/.test(name) || /^\d+$/.test(name) || name === '__proto__')
  const plain = end < 0 ? names : names.slice(0, end)
  return plain.length === 0 ? undefined : plain.join('.')
}
