import { determines, fieldsOf } from '../../planner/views/term-map.ts'
import { type RecordSource, ROOT, type TermMap } from '../../planner/views/view.ts'
import type { Relation } from './catalogue.ts'
import { fieldOf } from './fields.ts'
import { isConversionInjective, type Kind } from './types.ts'

/** Characters that a value of a kind may be written with in an IRI; absent: any. */
const ALPHABETS: Readonly<Partial<Record<Kind, RegExp>>> = {
  integer: /[-0-9]/,
  uuid: /[-0-9a-f]/,
  boolean: /[a-z]/,
}

/**
 * Whether equal terms of a template come from equal values in each of its fields: by the delimiters between them, or
 * because the columns' types cannot hold what stands between. At most one field may hold anything: the others are read
 * off from the left and from the right.
 */
export function isInjective(map: TermMap, table: Relation, source: RecordSource): boolean {
  if (map.kind === 'constant') return false
  const fields = fieldsOf(map)
  const [first] = fields.map((path) => fieldOf(table, source, path))
  if (map.kind === 'field') return first?.isScalar === true && isConversionInjective(first.column.type, map.datatype)
  if (fields.length < 2) return first?.isScalar === true
  if (determines(map, fields)) return true
  const alphabets = fields.map((path) => {
    const field = fieldOf(table, source, path)
    return field?.isScalar === true ? ALPHABETS[field.column.type.kind] : undefined
  })
  const separators = map.text.slice(1, -1)
  let left = 0
  while (left < separators.length && !mayHold(alphabets[left], separators[left]![0])) left++
  let right = alphabets.length - 1
  while (right > left && !mayHold(alphabets[right], separators[right - 1]!.at(-1))) right--
  return left >= right
}

const mayHold = (alphabet: RegExp | undefined, character: string | undefined): boolean =>
  alphabet === undefined || character === undefined || alphabet.test(character)

/** Whether equal terms of the map come from one and the same row of the table. */
export function tellsRowsApart(map: TermMap, table: Relation, source: RecordSource): boolean {
  if (map.kind === 'constant' || source.iterator !== undefined || !isInjective(map, table, source)) return false
  const names = new Set(
    fieldsOf(map).flatMap((path) => (path.length === (path[0] === ROOT ? 2 : 1) ? [path.at(-1)!] : [])),
  )
  const isPlain = map.kind === 'template' || map.base === undefined
  return isPlain && table.keys.some((key) => key.every((name) => names.has(name)))
}
