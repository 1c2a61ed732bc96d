import { RDF } from '../namespaces.ts'
import { iri, literal, type Term } from '../term.ts'
import { sameTerm } from './comparison.ts'
import { binary, type EvaluationContext, type FunctionDefinition, unary, variadic } from './definition.ts'
import { iriOf } from './iri.ts'
import { booleanTerm, isSimpleLiteral, stringTerm } from './literals.ts'
import { numericValue } from './numeric-values.ts'

const LANGUAGE_TAG = /^[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*$/

/** Basic filtering of RFC 4647, section 3.3.1: `en` matches `en-GB`, `*` every tag. */
export function languageMatches(tag: string, range: string): boolean {
  if (range === '*') return tag !== ''
  const lowerTag = tag.toLowerCase()
  const lowerRange = range.toLowerCase()
  return lowerTag === lowerRange || (lowerRange !== '' && lowerTag.startsWith(`${lowerRange}-`))
}

const isKind = (kind: Term['termType']): FunctionDefinition => unary((term) => booleanTerm(term.termType === kind))

function makeIri(term: Term, context: EvaluationContext): Term | undefined {
  if (term.termType === 'NamedNode') return term
  if (!isSimpleLiteral(term)) return undefined
  const resolved = iriOf(term.value, context.base)
  return resolved === undefined ? undefined : iri(resolved)
}

function strdt(lexical: Term, datatype: Term): Term | undefined {
  if (!isSimpleLiteral(lexical) || datatype.termType !== 'NamedNode') return undefined
  return datatype.value === `${RDF}langString` ? undefined : literal(lexical.value, datatype)
}

function strlang(lexical: Term, tag: Term): Term | undefined {
  if (!isSimpleLiteral(lexical) || !isSimpleLiteral(tag) || !LANGUAGE_TAG.test(tag.value)) return undefined
  return literal(lexical.value, tag.value)
}

function blankNode(args: readonly Term[], context: EvaluationContext): Term | undefined {
  const label = args[0]
  if (label === undefined) return context.blankNode(undefined)
  return isSimpleLiteral(label) ? context.blankNode(label.value) : undefined
}

/** Functions on RDF terms (SPARQL 1.1, section 17.4.2), `sameTerm` and `langMatches`. */
export const termFunctions: ReadonlyMap<string, FunctionDefinition> = new Map<string, FunctionDefinition>([
  ['ISIRI', isKind('NamedNode')],
  ['ISURI', isKind('NamedNode')],
  ['ISBLANK', isKind('BlankNode')],
  ['ISLITERAL', isKind('Literal')],
  ['ISNUMERIC', unary((term) => booleanTerm(numericValue(term) !== undefined))],
  ['SAMETERM', binary((left, right) => booleanTerm(sameTerm(left, right)))],
  ['STR', unary((term) => (term.termType === 'BlankNode' ? undefined : stringTerm(term.value)))],
  ['LANG', unary((term) => (term.termType === 'Literal' ? stringTerm(term.language) : undefined))],
  [
    'LANGMATCHES',
    binary((tag, range) =>
      isSimpleLiteral(tag) && isSimpleLiteral(range) ? booleanTerm(languageMatches(tag.value, range.value)) : undefined,
    ),
  ],
  ['DATATYPE', unary((term) => (term.termType === 'Literal' ? iri(term.datatype.value) : undefined))],
  ['IRI', unary(makeIri)],
  ['URI', unary(makeIri)],
  ['BNODE', variadic(0, 1, blankNode)],
  ['STRDT', binary(strdt)],
  ['STRLANG', binary(strlang)],
  ['UUID', { kind: 'nullary', apply: (context) => iri(`urn:uuid:${context.uuid()}`) }],
  ['STRUUID', { kind: 'nullary', apply: (context) => stringTerm(context.uuid()) }],
])
