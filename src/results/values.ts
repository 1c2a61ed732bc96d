import { numericKind } from '../../planner/functions/numeric-values.ts'
import { XSD } from '../../planner/namespaces.ts'
import type { Literal, Term } from '../../planner/term.ts'

/** The digits of a decimal without those that mean nothing: a plus sign, leading zeros, zeros that end the fraction. */
function significantDigits(text: string): string | undefined {
  const match = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text)
  if (match === null || !/\d/.test(text)) return undefined
  const [, sign, whole = '', fraction = ''] = match
  const digits = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`
  return sign === '-' && digits !== '0' ? `-${digits}` : digits
}

function number(literal: Literal): string | undefined {
  const { value } = literal
  const datatype = literal.datatype.value
  if (numericKind(datatype) === 'integer') {
    const parsed = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN
    return Number.isSafeInteger(parsed) ? String(parsed) : undefined
  }
  if (datatype === `${XSD}double` || datatype === `${XSD}float`) {
    const parsed = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value) ? Number(value) : Number.NaN
    return Number.isFinite(parsed) ? String(parsed) : undefined
  }
  if (datatype === `${XSD}decimal`) {
    const digits = significantDigits(value)
    return digits !== undefined && String(Number(digits)) === digits ? digits : undefined
  }
  return undefined
}

/**
 * A term as the JSON value of the rows answer: a number where a JSON number, read as a double, keeps it (safe integers,
 * finite doubles, decimals that print back to the same digits), else a string.
 */
export function jsonValue(term: Term): string {
  if (term.termType === 'Literal') return number(term) ?? JSON.stringify(term.value)
  return JSON.stringify(term.termType === 'BlankNode' ? `_:${term.value}` : term.value)
}
