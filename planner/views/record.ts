import { Decimal } from './natural.ts'
import { type FieldPath, INDEX, type RecordSource, ROOT } from './view.ts'

/** A record of a view: the element proper, the whole record it is part of, and its position there. */
export interface ViewRecord {
  readonly root: unknown
  readonly element: unknown
  readonly index: number
}

/** The records that a stored record yields under an iterator: itself without one. */
export function recordsOf(root: unknown, iterator: RecordSource['iterator']): readonly ViewRecord[] {
  if (iterator === undefined) return [{ root, element: root, index: 0 }]
  return walk(root, iterator).map((element, index) => ({ root, element, index }))
}

const NONE: readonly unknown[] = []

/** The values at a path, in order; neither absent ones nor nulls. */
export function valuesAt(record: ViewRecord, path: FieldPath): readonly unknown[] {
  const first = path[0]
  if (first === INDEX && path.length === 1) return [record.index]
  const values = first === ROOT ? walk(record.root, path, 1) : walk(record.element, path, 0)
  return values.includes(null) || values.includes(undefined) ? values.filter((value) => value != null) : values
}

/** The values at a path from its segment `from` on: through objects first, which is most often the whole way. */
function walk(start: unknown, path: FieldPath, from = 0): readonly unknown[] {
  let value = start
  for (let position = from; position < path.length; position++) {
    const segment = path[position]!
    if (segment === '*' || Array.isArray(value)) return walkArrays(value, path, position)
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return NONE
    value = (value as Readonly<Record<string, unknown>>)[segment]
  }
  return Array.isArray(value) ? value : [value]
}

function walkArrays(start: unknown, path: FieldPath, from: number): readonly unknown[] {
  let values: readonly unknown[] = [start]
  for (let position = from; position < path.length; position++) {
    const explicit = position > 0 && path[position - 1] === '*'
    values = values.flatMap((value) => step(value, path[position]!, explicit))
  }
  return path.at(-1) === '*' ? values : values.flatMap((value) => (Array.isArray(value) ? value : [value]))
}

/** `explicit`: a `*` has just stepped into an array, so that an array met here is nested, and is not entered. */
function step(value: unknown, segment: string, explicit: boolean): readonly unknown[] {
  if (segment === '*') return Array.isArray(value) ? value : []
  if (!Array.isArray(value)) return member(value, segment)
  if (/^\d+$/.test(segment)) return value.slice(Number(segment), Number(segment) + 1)
  return explicit ? [] : value.flatMap((element) => (Array.isArray(element) ? [] : member(element, segment)))
}

function member(value: unknown, name: string): readonly unknown[] {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return []
  return [(value as Readonly<Record<string, unknown>>)[name]]
}

/** Text that two values share where they are the same JSON value: what a join of views compares by. */
export function valueKey(value: unknown): string {
  if (typeof value === 'bigint') return `${value}`
  if (typeof value === 'number')
    return Math.abs(value) < 1e21 || !Number.isInteger(value) ? `${value}` : `${BigInt(value)}`
  if (value instanceof Decimal) return value.text
  return value instanceof Date ? `@${value.toISOString()}` : JSON.stringify(value, digits)
}

const digits = (_name: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value)

/** Whether two views are over the same records. */
export const sameRecords = (one: RecordSource, other: RecordSource): boolean =>
  one.collection === other.collection && samePath(one.iterator ?? [], other.iterator ?? [])

export const samePath = (one: FieldPath, other: FieldPath): boolean =>
  one.length === other.length && one.every((segment, index) => segment === other[index])

/** The path from the whole record on, or `undefined` where the path is no field of it. */
export function absolutePath(source: RecordSource, path: FieldPath): FieldPath | undefined {
  if (path[0] === INDEX && path.length === 1) return undefined
  if (path[0] === ROOT) return path.slice(1)
  return source.iterator === undefined ? path : [...source.iterator, ...path]
}
