import { PolyprovError } from '../errors.ts'
import { blank, iri, literal, type Term, termKey } from '../term.ts'
import { decodeValue, encodeLabel, encodeValue, isAbsoluteIri, isDelimiter } from './encoding.ts'
import { isFloating, lexicalForm, naturalDatatype, valuesOfText } from './natural.ts'
import { samePath, type ViewRecord, valueKey, valuesAt } from './record.ts'
import type { FieldPath, TermMap } from './view.ts'

/** Functions that the planner's views need from elsewhere, and the scope of blank nodes. */
export interface TermContext {
  /** What blank nodes belong to: the store's id. */
  readonly scope: string
  /** A structured value (an object) as the lexical form of a datatype, as GeoJSON is as `geo:wktLiteral`. */
  readonly structured?: (value: unknown, datatype: string) => string | undefined
  /** Scalars beside those of JSON that the store may hold where a term shows this text: decimals, bytes. */
  readonly scalars?: (text: string) => readonly unknown[]
}

const scalarsOf = (text: string, context: TermContext): readonly unknown[] => [
  ...valuesOfText(text),
  ...(context.scalars?.(text) ?? []),
]

type TemplateMap = Extract<TermMap, { kind: 'template' }>
type FieldMap = Extract<TermMap, { kind: 'field' }>

/** Most ways of reading an ambiguous template (`$(a)-$(b)` with dashes in the values) before giving up. */
const MOST_READINGS = 64
/** Most terms of one map over one record: arrays in a template combine. */
const MOST_TERMS = 1_000_000

/** The terms that a map gives for a record, each once, in the order of the values: none where a field is missing. */
export function termsOf(map: TermMap, record: ViewRecord, context: TermContext): readonly Term[] {
  if (map.kind === 'constant') return [map.term]
  const terms = map.kind === 'field' ? fieldTerms(map, record, context) : templateTerms(map, record, context)
  return terms.length < 2 ? terms : unique(terms)
}

function fieldTerms(map: FieldMap, record: ViewRecord, context: TermContext): readonly Term[] {
  const terms: Term[] = []
  for (const value of valuesAt(record, map.field)) {
    const term = fieldTerm(map, value, context)
    if (term !== undefined) terms.push(term)
  }
  return terms
}

function unique(terms: readonly Term[]): readonly Term[] {
  const byKey = new Map(terms.map((term) => [termKey(term), term]))
  return byKey.size === terms.length ? terms : [...byKey.values()]
}

/** One value of a field as a term; `undefined` where it gives none. */
export function fieldTerm(map: FieldMap, value: unknown, context: TermContext): Term | undefined {
  const text = lexicalForm(value, map.datatype)
  switch (map.termType) {
    case 'iri':
      return text === undefined ? undefined : absoluteIri(text, map.base)
    case 'blank':
      return text === undefined ? undefined : scopedBlank(text, context)
    case 'literal':
      return typedLiteral(map, value, text, context)
  }
}

function typedLiteral(map: FieldMap, value: unknown, text: string | undefined, context: TermContext): Term | undefined {
  const { datatype, language } = map
  if (text === undefined) {
    const structured = datatype === undefined ? undefined : context.structured?.(value, datatype)
    return structured === undefined ? undefined : literal(structured, iri(datatype!))
  }
  if (language !== undefined) return literal(text, language)
  return literal(text, iri(datatype ?? naturalDatatype(value)!))
}

function absoluteIri(text: string, base: string | undefined): Term | undefined {
  if (isAbsoluteIri(text)) return iri(text)
  const resolved = base === undefined ? text : base + text
  return isAbsoluteIri(resolved) ? iri(resolved) : undefined
}

const scopedBlank = (text: string, context: TermContext): Term =>
  blank(`${encodeLabel(context.scope)}.${encodeLabel(text)}`)

function templateTerms(map: TemplateMap, record: ViewRecord, context: TermContext): readonly Term[] {
  let text = map.text[0] ?? ''
  for (let index = 0; index < map.fields.length; index++) {
    const values = valuesAt(record, map.fields[index]!)
    if (values.length !== 1) return values.length === 0 ? [] : combinedTerms(map, record, context)
    const form = lexicalForm(values[0])
    if (form === undefined) return []
    text += written(map, form) + (map.text[index + 1] ?? '')
  }
  const term = templateTerm(map, text, context)
  return term === undefined ? [] : [term]
}

/** The same where fields have several values. */
function combinedTerms(map: TemplateMap, record: ViewRecord, context: TermContext): readonly Term[] {
  let texts: readonly string[] = [map.text[0] ?? '']
  for (const [index, field] of map.fields.entries()) {
    const values = valuesAt(record, field).flatMap((value) => lexicalForm(value) ?? [])
    if (values.length * texts.length > MOST_TERMS) throw tooManyTerms(map)
    const tail = map.text[index + 1] ?? ''
    texts = texts.flatMap((text) => values.map((value) => text + written(map, value) + tail))
  }
  return texts.flatMap((text) => templateTerm(map, text, context) ?? [])
}

/** The term that a template gives for one text of each of its fields; `undefined` where it gives none. */
export function templateOver(map: TemplateMap, texts: readonly string[], context: TermContext): Term | undefined {
  let text = map.text[0] ?? ''
  for (let index = 0; index < texts.length; index++) text += written(map, texts[index]!) + (map.text[index + 1] ?? '')
  return templateTerm(map, text, context)
}

const tooManyTerms = (map: TemplateMap): PolyprovError =>
  new PolyprovError(
    'memory',
    `The arrays in one record make more than ${MOST_TERMS} terms of '${map.text.join('$()')}'`,
  )

const written = (map: TemplateMap, value: string): string =>
  map.termType === 'iri' ? encodeValue(value, map.encoding ?? 'iri') : value

function templateTerm(map: TemplateMap, text: string, context: TermContext): Term | undefined {
  if (map.termType === 'iri') return isAbsoluteIri(text) ? iri(text) : undefined
  if (map.termType === 'blank') return scopedBlank(text, context)
  return literal(text, map.language ?? (map.datatype === undefined ? undefined : iri(map.datatype)))
}

/** A field, and the values one of which it must hold. */
export interface FieldCondition {
  readonly field: FieldPath
  readonly values: readonly unknown[]
}

/**
 * What a record must hold to give a term: one of several sets of conditions. `'no match'`: no record can give it;
 * `'unknown'`: the map cannot be read backward, so that every record has to be looked at.
 */
export type Inverse = 'no match' | 'unknown' | readonly (readonly FieldCondition[])[]

/**
 * The inverse of a term map: only values for which `forward(inverse(term)) = term`. An IRI whose template part is not
 * in canonical form, or a literal of another datatype, matches no record.
 */
export function inverse(map: TermMap, term: Term, context: TermContext): Inverse {
  if (map.kind === 'constant') return termKey(map.term) === termKey(term) ? [[]] : 'no match'
  if (term.termType !== TERM_TYPES[map.termType]) return 'no match'
  return map.kind === 'field' ? fieldInverse(map, term, context) : templateInverse(map, term, context)
}

const TERM_TYPES = { iri: 'NamedNode', blank: 'BlankNode', literal: 'Literal' } as const

function fieldInverse(map: FieldMap, term: Term, context: TermContext): Inverse {
  const structured = map.datatype !== undefined && context.structured !== undefined
  if (term.termType === 'Literal' && map.datatype === term.datatype.value && structured && !isXsd(map.datatype)) {
    return 'unknown'
  }
  // Of the integers that a double rounds alike, any may be what the record holds.
  if (isFloating(map.datatype) && Math.abs(Number(term.value)) > Number.MAX_SAFE_INTEGER) return 'unknown'
  const texts = [labelText(term, context)]
  if (map.base !== undefined && term.value.startsWith(map.base)) texts.push(term.value.slice(map.base.length))
  const values = texts.flatMap((text) => (text === undefined ? [] : scalarsOf(text, context)))
  const wanted = termKey(term)
  const giving = values.filter((value) => {
    const given = fieldTerm(map, value, context)
    return given !== undefined && termKey(given) === wanted
  })
  return giving.length === 0 ? 'no match' : [[{ field: map.field, values: giving }]]
}

const isXsd = (datatype: string): boolean => datatype.startsWith('http://www.w3.org/2001/XMLSchema#')

/** The text a term was made of: its value, or what a blank node's label encodes. */
function labelText(term: Term, context: TermContext): string | undefined {
  if (term.termType !== 'BlankNode') return term.value
  const scope = `${encodeLabel(context.scope)}.`
  if (!term.value.startsWith(scope)) return undefined
  const label = term.value.slice(scope.length)
  const text = label.replace(/_([0-9a-f]{1,6})_/g, (_, code: string) => character(Number.parseInt(code, 16)))
  return encodeLabel(text) === label ? text : undefined
}

const character = (code: number): string => (code > 0x10_ff_ff ? '' : String.fromCodePoint(code))

function templateInverse(map: TemplateMap, term: Term, context: TermContext): Inverse {
  if (term.termType === 'Literal') {
    const blueprint = templateTerm(map, term.value, context)
    if (blueprint === undefined || termKey(blueprint) !== termKey(term)) return 'no match'
  }
  const text = labelText(term, context)
  if (text === undefined) return 'no match'
  const found = readings(map, text)
  if (found === undefined) return 'unknown'
  const alternatives = found.flatMap((values) => conditions(map, values, context) ?? [])
  return alternatives.length === 0 ? 'no match' : alternatives
}

/** The texts of the fields, in every way that the template can be read; `undefined`: too many. */
function readings(map: TemplateMap, text: string): readonly (readonly string[])[] | undefined {
  const first = map.text[0] ?? ''
  if (!text.startsWith(first)) return []
  const found: (readonly string[])[] = []
  let steps = 0
  const read = (index: number, start: number, values: readonly string[]): boolean => {
    if (index === map.fields.length) {
      if (start === text.length) found.push(values)
      return found.length <= MOST_READINGS
    }
    const tail = map.text[index + 1] ?? ''
    const last = index === map.fields.length - 1
    for (const end of last ? lastEnd(text, tail, start) : ends(text, tail, start)) {
      steps++
      if (steps > 10 * MOST_READINGS) return false
      const value = decoded(map, text.slice(start, end))
      if (value !== undefined && !read(index + 1, end + tail.length, [...values, value])) return false
    }
    return true
  }
  return read(0, first.length, []) ? found : undefined
}

const lastEnd = (text: string, tail: string, start: number): readonly number[] =>
  text.endsWith(tail) && text.length - tail.length >= start ? [text.length - tail.length] : []

function* ends(text: string, tail: string, start: number): Generator<number> {
  for (let end = text.indexOf(tail, start); end !== -1 && end <= text.length; end = text.indexOf(tail, end + 1)) {
    yield end
    if (tail === '' && end === text.length) return
  }
}

const decoded = (map: TemplateMap, text: string): string | undefined =>
  map.termType === 'iri' ? decodeValue(text, map.encoding ?? 'iri') : text

/** Conditions on the fields, or `undefined` where a field that occurs twice would need two texts. */
function conditions(
  map: TemplateMap,
  texts: readonly string[],
  context: TermContext,
): readonly (readonly FieldCondition[])[] | undefined {
  const found: FieldCondition[] = []
  for (const [index, text] of texts.entries()) {
    const field = map.fields[index]!
    const values = scalarsOf(text, context).filter((value) => lexicalForm(value) === text)
    found.push({ field, values })
  }
  return [found]
}

/** A term map as text, equal for equal maps. */
export const mapKey = (map: TermMap): string =>
  map.kind === 'constant'
    ? termKey(map.term)
    : valueKey(Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1)))

/** Fields that a map reads. */
export const fieldsOf = (map: TermMap): readonly FieldPath[] =>
  map.kind === 'constant' ? [] : map.kind === 'field' ? [map.field] : map.fields

/**
 * Whether equal terms of the map come from equal texts in each of `keys`: the map then tells records apart as well as
 * these fields do. A template of several fields must have them apart by text that no encoded value contains.
 */
export function determines(map: TermMap, keys: readonly FieldPath[]): boolean {
  if (map.kind === 'constant' || !keys.every((key) => fieldsOf(map).some((field) => samePath(field, key)))) return false
  if (map.kind === 'field') return map.datatype === undefined && map.language === undefined && map.base === undefined
  if (map.fields.length < 2) return true
  return map.termType === 'iri' && map.text.slice(1, -1).every((text) => isDelimiter(text, map.encoding ?? 'iri'))
}

/** Whether the two maps could ever give the same term, as far as that shows without a record. */
export function compatible(one: TermMap, other: TermMap, context: TermContext): boolean {
  if (one.kind === 'constant') return inverse(other, one.term, context) !== 'no match'
  if (other.kind === 'constant') return inverse(one, other.term, context) !== 'no match'
  if (one.termType !== other.termType) return false
  if (one.termType === 'literal') return compatibleLiterals(one, other)
  return one.termType === 'blank' || compatibleTemplates(one, other)
}

function compatibleLiterals(one: TemplateMap | FieldMap, other: TemplateMap | FieldMap): boolean {
  if (one.language?.toLowerCase() !== other.language?.toLowerCase()) return false
  const [first, second] = [literalType(one), literalType(other)]
  return first === undefined || second === undefined || first === second
}

/** `undefined`: any datatype, by the natural mapping. */
function literalType(map: TemplateMap | FieldMap): string | undefined {
  if (map.datatype !== undefined || map.language !== undefined) return map.datatype
  return map.kind === 'template' ? 'http://www.w3.org/2001/XMLSchema#string' : undefined
}

function compatibleTemplates(one: TemplateMap | FieldMap, other: TemplateMap | FieldMap): boolean {
  if (one.kind === 'field' || other.kind === 'field') return true
  const [head, otherHead] = [one.text[0] ?? '', other.text[0] ?? '']
  const [tail, otherTail] = [one.text.at(-1) ?? '', other.text.at(-1) ?? '']
  const heads = head.startsWith(otherHead) || otherHead.startsWith(head)
  return heads && (tail.endsWith(otherTail) || otherTail.endsWith(tail))
}
