import { PolyprovError } from '../errors.ts'
import { RDF, XSD } from '../namespaces.ts'
import { iri, type Literal, literal, type NamedNode, type Term } from '../term.ts'

export const XSD_STRING: NamedNode = iri(`${XSD}string`)
export const XSD_BOOLEAN: NamedNode = iri(`${XSD}boolean`)
export const XSD_INTEGER: NamedNode = iri(`${XSD}integer`)
export const XSD_DECIMAL: NamedNode = iri(`${XSD}decimal`)
export const XSD_FLOAT: NamedNode = iri(`${XSD}float`)
export const XSD_DOUBLE: NamedNode = iri(`${XSD}double`)
export const XSD_DATE_TIME: NamedNode = iri(`${XSD}dateTime`)
export const XSD_DATE: NamedNode = iri(`${XSD}date`)
export const XSD_TIME: NamedNode = iri(`${XSD}time`)
export const XSD_DURATION: NamedNode = iri(`${XSD}duration`)
export const XSD_DAY_TIME_DURATION: NamedNode = iri(`${XSD}dayTimeDuration`)
export const XSD_YEAR_MONTH_DURATION: NamedNode = iri(`${XSD}yearMonthDuration`)

const STRING = XSD_STRING.value
const LANG_STRING = `${RDF}langString`

export const TRUE: Literal = literal('true', XSD_BOOLEAN)
export const FALSE: Literal = literal('false', XSD_BOOLEAN)

/** A boolean term; an error stays an error. */
export const booleanTerm = (value: boolean | undefined): Literal | undefined =>
  value === undefined ? undefined : value ? TRUE : FALSE

/** The most UTF-16 code units of a string that a function makes; repeated CONCAT would double one without end. */
export const LONGEST_STRING = 1 << 23

/**
 * A string literal, with a language tag or without.
 * @throws PolyprovError `memory` past {@link LONGEST_STRING}
 */
export function stringTerm(value: string, language = ''): Literal {
  if (value.length > LONGEST_STRING) throw stringTooLong()
  return language === '' ? literal(value, XSD_STRING) : literal(value, language)
}

export const stringTooLong = (): PolyprovError =>
  new PolyprovError('memory', `A string function made more than ${LONGEST_STRING} characters; shorten its arguments`)

/** A string literal (SPARQL 1.1, section 17.4.3.1): simple, `xsd:string`, or with a language tag. */
export function isStringLiteral(term: Term): term is Literal {
  if (term.termType !== 'Literal') return false
  const datatype = term.datatype.value
  return datatype === STRING || datatype === LANG_STRING
}

/** A simple literal, which in RDF 1.1 is an `xsd:string`. */
export const isSimpleLiteral = (term: Term): term is Literal =>
  term.termType === 'Literal' && term.datatype.value === STRING
