import { DataFactory } from 'rdf-data-factory'
import type { Query as QueryTree, Update as UpdateTree } from 'sparqljs'
import sparqljs from 'sparqljs'
import { PolyprovError } from '../errors.ts'
import { type Prepared, unmarkNumber } from './prepare.ts'
import type { Token } from './tokens.ts'

/** What sparqljs (a Jison parser) adds to its syntax errors; the location is that of the last good token. */
interface GrammarError extends Error {
  readonly hash?: {
    readonly token?: string | null
    readonly expected?: readonly string[]
    readonly loc?: { readonly last_line: number; readonly last_column: number }
  }
}

/** The syntax tree of a prepared query; throws `query-syntax`. */
export function parseSyntax(prepared: Prepared): QueryTree {
  if (prepared.tokens.length === 0) prepared.fail('query-syntax', 'The query is empty')
  const tree = parseTree(prepared)
  if (tree.type === 'query') return tree
  return prepared.fail('query-syntax', 'This is an update; a query is expected', prepared.tokens[0])
}

/** The syntax tree of a prepared update, which may be empty; throws `query-syntax`. */
export function parseUpdateSyntax(prepared: Prepared): UpdateTree['updates'] {
  const tree = parseTree(prepared)
  // A text without operations has no type.
  if ((tree.type as string | undefined) === undefined) return []
  if (tree.type === 'update') return tree.updates
  return prepared.fail('query-syntax', 'This is a query; an update is expected', prepared.tokens[0])
}

function parseTree(prepared: Prepared): QueryTree | UpdateTree {
  const parser = new sparqljs.Parser({
    prefixes: { ...prepared.prefixes },
    ...(prepared.base === undefined ? {} : { baseIRI: prepared.base }),
    factory: termFactory(prepared.numberMark),
    skipUngroupedVariableCheck: true,
  })
  return run(() => parser.parse(prepared.text), prepared)
}

/** Makes the terms of the tree, numbers with their signs as they were written. */
function termFactory(mark: string): DataFactory {
  const factory = new DataFactory()
  const literal: DataFactory['literal'] = (value, kind) =>
    DataFactory.prototype.literal.call(factory, unmarkNumber(value, mark), kind)
  return Object.assign(factory, { literal })
}

function run<Value>(parse: () => Value, prepared: Prepared): Value {
  try {
    return parse()
  } catch (error) {
    if (error instanceof RangeError) throw new PolyprovError('too-large', 'The query is too large to be parsed')
    const { hash, message } = error as GrammarError
    if (hash?.loc === undefined) {
      const star = prepared.tokens.find((token) => token.text === '<<')
      return prepared.fail('query-syntax', message, star ?? prepared.tokens[0])
    }
    const token = prepared.tokenAt(offsetOf(prepared.text, hash.loc.last_line, hash.loc.last_column))
    return prepared.fail('query-syntax', grammarMessage(hash.expected ?? [], token), token)
  }
}

function offsetOf(text: string, line: number, column: number): number {
  let start = 0
  const ends = /\r\n|\r|\n/g
  for (let current = 1; current < line; current++) {
    const match = ends.exec(text)
    if (match === null) break
    start = ends.lastIndex
  }
  return start + column
}

/** Terminals of the grammar as people know them. */
const TERMINALS: Readonly<Record<string, string>> = {
  EOF: 'the end of the query',
  IRIREF: 'an IRI',
  PNAME_NS: 'a prefixed name',
  PNAME_LN: 'a prefixed name',
  BLANK_NODE_LABEL: 'a blank node',
  ANON: 'a blank node',
  VAR: 'a variable',
  NIL: '()',
  INTEGER: 'a number',
  DECIMAL: 'a number',
  DOUBLE: 'a number',
  INTEGER_POSITIVE: 'a number',
  DECIMAL_POSITIVE: 'a number',
  DOUBLE_POSITIVE: 'a number',
  INTEGER_NEGATIVE: 'a number',
  DECIMAL_NEGATIVE: 'a number',
  DOUBLE_NEGATIVE: 'a number',
  BOOLEAN: 'true or false',
  STRING_LITERAL1: 'a string',
  STRING_LITERAL2: 'a string',
  STRING_LITERAL_LONG1: 'a string',
  STRING_LITERAL_LONG2: 'a string',
  LANGTAG: 'a language tag',
  FUNC_ARITY0: 'a function',
  FUNC_ARITY1: 'a function',
  FUNC_ARITY2: 'a function',
  FUNC_ARITY3: 'a function',
  IF: 'a function',
}

/** How many alternatives a message lists. */
const MOST_ALTERNATIVES = 8

function grammarMessage(expected: readonly string[], token: Token | undefined): string {
  const found = token === undefined ? 'the end of the query' : JSON.stringify(token.text)
  const names = new Set<string>()
  for (const quoted of expected) {
    const terminal = quoted.slice(1, -1)
    if (terminal === '<<' || terminal === '{|') continue
    names.add(TERMINALS[terminal] ?? terminal)
  }
  const alternatives = [...names].sort((left, right) => rank(left) - rank(right))
  if (alternatives.length === 0) return `Unexpected ${found}`
  const listed = alternatives.slice(0, MOST_ALTERNATIVES)
  const rest = alternatives.length > listed.length ? ' …' : ''
  return `Expected ${listed.join(', ')}${rest}, but found ${found}`
}

/** Brackets and punctuation first: what is missing is mostly one of them. */
const rank = (name: string): number => (/^[^A-Za-z]+$/.test(name) ? 0 : /^[a-z]/.test(name) ? 1 : 2)
