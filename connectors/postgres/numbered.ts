import type { VariableName } from '../../planner/algebra.ts'
import type { Column } from './catalogue.ts'
import { fieldIn } from './cells.ts'
import type { Ids, NumberReader } from './decode.ts'
import { meets } from './keys.ts'
import { type Member, slotOf } from './member.ts'
import type { Sql } from './sql.ts'
import { lexicalForm, parameter } from './types.ts'

/**
 * Objects that a query is asked about by their locators. Where the variable for them is the IRI of a row's object, made
 * of one column, no such IRI is ever written: locators give the column's values, and these their numbers.
 */
export interface NumberedObjects {
  /** How many they are. */
  readonly count: number
  /** How a member finds them; one for each member of the query. */
  readonly keys: ReadonlyMap<Member, NumberedKey>
}

export interface NumberedKey extends NumberReader {
  /** What rows must satisfy; `'none'`: no row can. */
  readonly condition: Sql | 'none'
}

export const numberedIn = (member: Member, objects: NumberedObjects | undefined): NumberedKey | undefined =>
  objects?.keys.get(member)

const NONE: readonly number[] = []

/**
 * The objects of a variable by the numbers of their locators. `undefined` where some member has its objects in another
 * way. `objectPrefix` is what IRIs of the store's objects begin with.
 */
export function numberedObjects(
  members: readonly Member[],
  variable: VariableName,
  locators: readonly string[],
  objectPrefix: string,
): NumberedObjects | undefined {
  const keys = new Map<Member, NumberedKey>()
  const byPrefix = new Map<string, ReadonlyMap<string, Ids>>()
  for (const member of members) {
    const found = keyColumn(member, variable, objectPrefix)
    if (found === undefined) return undefined
    const { scan, column, prefix } = found
    const numbers = byPrefix.get(prefix) ?? numbersByKey(locators, prefix)
    byPrefix.set(prefix, numbers)
    const texts: string[] = []
    for (const key of numbers.keys()) {
      const text = parameter(column.type, key)
      if (text !== undefined) texts.push(text)
    }
    const condition = texts.length === 0 ? 'none' : meets([{ scan, column }], [texts])
    const numbersOf = (text: string): Ids => {
      const form = lexicalForm(column.type, text)
      return form === undefined ? NONE : (numbers.get(form) ?? NONE)
    }
    keys.set(member, { variable, scan, column, condition, numbersOf })
  }
  return { count: locators.length, keys }
}

/** The column that alone makes the IRIs of a member's objects, and what their locators begin with. */
function keyColumn(
  member: Member,
  variable: VariableName,
  objectPrefix: string,
): { readonly scan: number; readonly column: Column; readonly prefix: string } | undefined {
  const slot = slotOf(member, variable)
  if (slot === undefined || slot.term !== undefined || slot.optional !== undefined || !slot.isChecked) return undefined
  const { scan, map } = slot.cells[0]!
  if (map.kind !== 'template' || map.termType !== 'iri' || map.encoding !== 'component') return undefined
  const [head = '', tail] = map.text
  if (map.fields.length !== 1 || tail !== '' || !head.startsWith(objectPrefix)) return undefined
  if (member.scope.scans.get(scan)!.source.iterator !== undefined) return undefined
  const field = fieldIn(member.scope, scan, map.fields[0]!)
  if (field?.isScalar !== true || field.column.term !== undefined || isWrittenOtherwise(field.column)) return undefined
  const encoded = head.slice(objectPrefix.length)
  const prefix = decoded(encoded)
  return prefix === undefined || encodeURIComponent(prefix) !== encoded
    ? undefined
    : { scan, column: field.column, prefix }
}

/** Values that PostgreSQL does not look for by the text that terms have of them. */
const isWrittenOtherwise = ({ type: { kind } }: Column): boolean =>
  kind === 'geometry' || kind === 'geography' || kind === 'computed'

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Numbers of locators, by what follows a prefix; of a locator that comes twice, both. */
function numbersByKey(locators: readonly string[], prefix: string): ReadonlyMap<string, Ids> {
  const numbers = new Map<string, number | number[]>()
  for (let number = 0; number < locators.length; number++) {
    const locator = locators[number]!
    if (!locator.startsWith(prefix)) continue
    const key = locator.slice(prefix.length)
    const known = numbers.get(key)
    if (known === undefined) numbers.set(key, number)
    else if (typeof known === 'number') numbers.set(key, [known, number])
    else known.push(number)
  }
  return numbers
}
