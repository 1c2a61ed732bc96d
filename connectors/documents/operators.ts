import { Context } from 'mingo'
import * as queryOperators from 'mingo/operators/query'
import type { Options, QueryOperator } from 'mingo/types'
import type { ParsedGeometry } from '../../planner/functions/geometry-literals.ts'
import { matchesPattern, relate } from '../../planner/functions/geometry-relations.ts'
import { valueKey, valuesAt } from '../../planner/views/record.ts'
import { geometryOf } from './geometry.ts'
import { isObject } from './parse.ts'

/** Values that a query's field names: arrays on the way and at the end stand for their elements, as in MongoDB. */
const fieldValues = (document: unknown, path: readonly string[]): readonly unknown[] =>
  valuesAt({ root: document, element: document, index: 0 }, path)

/** A query with its long integers as MongoDB's Extended JSON has them (`$numberLong`): mingo takes no `bigint`. */
export function toExtendedJson(query: unknown): unknown {
  if (typeof query === 'bigint') return { $numberLong: `${query}` }
  if (Array.isArray(query)) return query.map(toExtendedJson)
  if (!isObject(query) || query instanceof Date) return query
  const entries = Object.entries(query).map(([name, value]) => [
    name,
    typeof value === 'bigint' && !name.startsWith('$') ? { $eq: toExtendedJson(value) } : toExtendedJson(value),
  ])
  return Object.fromEntries(entries)
}

const fromExtendedJson = (argument: unknown): unknown =>
  isObject(argument) && typeof argument['$numberLong'] === 'string' ? BigInt(argument['$numberLong']) : argument

const anyValue =
  (prepare: (argument: unknown) => (value: unknown) => boolean) =>
  (selector: string, argument: unknown, _options: Options) => {
    const path = selector.split('.')
    const holds = prepare(fromExtendedJson(argument))
    return (document: unknown): boolean => fieldValues(document, path).some(holds)
  }

/** Values of one type compare, as in MongoDB; numbers with numbers, strings with strings. */
const compares = (test: (order: number) => boolean) =>
  anyValue((argument) => (value) => {
    if (typeof value !== typeof argument && !(isNumeric(value) && isNumeric(argument))) return false
    const [one, other] = [value as number, argument as number]
    return test(one < other ? -1 : one > other ? 1 : 0)
  })

const isNumeric = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint'

const exists = (selector: string, argument: unknown, _options: Options) => {
  const path = selector.split('.')
  return (document: unknown): boolean => isPresent(document, path) === Boolean(argument)
}

const texts = anyValue((argument) => {
  const pattern = new RegExp(argument instanceof RegExp ? argument.source : `${argument}`, 'u')
  return (value) => typeof value === 'string' && pattern.test(value)
})

/** MongoDB's names of the types of scalars, as far as a filter here asks for them. */
const JSON_TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  bigint: 'number',
  boolean: 'bool',
}

const geometries = (test: (geometry: ParsedGeometry, asked: ParsedGeometry) => boolean) =>
  anyValue((argument) => {
    const asked = geometryOf((argument as { readonly $geometry: unknown }).$geometry)
    return (value) => {
      const geometry = asked === undefined ? undefined : geometryOf(value)
      return geometry !== undefined && test(geometry, asked!)
    }
  })

/** Covered by (OGC 06-103r4, section 6.1.15): no point outside, and one in common; the boundary counts. */
const COVERED_BY = ['T*F**F***', '*TF**F***', '**FT*F***', '**F*TF***']

/**
 * Mingo's comparisons do not look into an array that lies in an element of another (`items.a` where `a` is an array),
 * as MongoDB's do; these do. `$geoIntersects` and `$geoWithin`, which it lacks, are planar.
 */
const DEEPER = Context.init({
  query: {
    $eq: anyValue((argument) => {
      const key = valueKey(argument)
      return (value) => valueKey(value) === key
    }) as QueryOperator,
    $in: anyValue((argument) => {
      const keys = new Set((argument as readonly unknown[]).map(fromExtendedJson).map(valueKey))
      return (value) => keys.has(valueKey(value))
    }) as QueryOperator,
    $exists: exists as QueryOperator,
    $regex: texts as QueryOperator,
    $type: anyValue((argument) => {
      const types = [argument].flat()
      return (value) => types.includes(JSON_TYPES[typeof value])
    }) as QueryOperator,
    $lt: compares((order) => order < 0) as QueryOperator,
    $lte: compares((order) => order <= 0) as QueryOperator,
    $gt: compares((order) => order > 0) as QueryOperator,
    $gte: compares((order) => order >= 0) as QueryOperator,
    $geoIntersects: geometries((geometry, asked) => relate('sfIntersects', geometry, asked) === true) as QueryOperator,
    $geoWithin: geometries((geometry, asked) =>
      COVERED_BY.some((letters) => matchesPattern(geometry, asked, letters) === true),
    ) as QueryOperator,
  },
})

/** MongoDB's query operators, for mingo; of two of one name the first counts. */
export const OPERATORS = Context.from(DEEPER, Context.init({ query: queryOperators }))

/** A null is there, and so is an empty array. */
function isPresent(value: unknown, path: readonly string[]): boolean {
  const [name, ...rest] = path
  if (name === undefined) return true
  if (Array.isArray(value)) {
    const element: unknown = /^\d+$/.test(name) ? value[Number(name)] : undefined
    if (element !== undefined && isPresent(element, rest)) return true
    return value.some((each) => !Array.isArray(each) && isPresent(each, path))
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false
  return isPresent((value as Readonly<Record<string, unknown>>)[name], rest)
}
