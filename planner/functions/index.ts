import { castFunctions } from './casts.ts'
import { dateFunctions } from './dates.ts'
import type { ExtensionFunction, FunctionDefinition } from './definition.ts'
import { geometryFunctions } from './geometry.ts'
import { hashFunctions } from './hashes.ts'
import { numericFunctions } from './numeric.ts'
import { operators } from './operators.ts'
import { referenceFunctions } from './references.ts'
import { stringFunctions } from './strings.ts'
import { termFunctions } from './terms.ts'

/** Every strict function by operator, upper-case name, or IRI. */
const functions: ReadonlyMap<string, FunctionDefinition> = new Map([
  ...operators,
  ...numericFunctions,
  ...stringFunctions,
  ...termFunctions,
  ...dateFunctions,
  ...hashFunctions,
  ...castFunctions,
])

/** Extension functions that every query may call, by IRI. */
export const extensionFunctions: ReadonlyMap<string, ExtensionFunction> = new Map([
  ...geometryFunctions,
  ...referenceFunctions,
])

/** The strict function of an operator; extension functions take any number of arguments. */
export function findFunction(
  operator: string,
  extensions: ReadonlyMap<string, ExtensionFunction> = extensionFunctions,
): FunctionDefinition | undefined {
  const known = functions.get(operator)
  if (known !== undefined) return known
  const apply = extensions.get(operator)
  return apply && { kind: 'variadic', minimum: 0, maximum: Number.POSITIVE_INFINITY, apply }
}
