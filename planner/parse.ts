import { LRUCache } from 'lru-cache'
import type { Query, VariableName } from './algebra.ts'
import { PolyprovError } from './errors.ts'
import { type Prepared, prepare } from './parse/prepare.ts'
import { lowerQuery } from './parse/query.ts'
import { substitute } from './parse/substitute.ts'
import { parseSyntax, parseUpdateSyntax } from './parse/syntax.ts'
import { lowerUpdate } from './parse/update.ts'
import type { Term } from './term.ts'
import { walk } from './traverse.ts'
import type { Update } from './update.ts'

export interface ParseOptions {
  /** Base IRI of relative IRIs, where the text has no BASE of its own. */
  readonly base?: string
  /** Prefixes known before the text declares any. */
  readonly prefixes?: Readonly<Record<string, string>>
  /** Terms for variables of the text, bound before anything else. */
  readonly parameters?: Readonly<Record<VariableName, Term>>
}

/** Longest text that is parsed, in UTF-16 code units. */
const MAXIMUM_LENGTH = 4_000_000
/** Patterns of one join: what every row of it is as wide as. */
const MAXIMUM_JOINED = 500
/** Parsed queries kept, counted in characters of their texts. */
const CACHED_CHARACTERS = 4_000_000

const cache = new LRUCache<string, Query>({
  max: 1_000,
  maxSize: CACHED_CHARACTERS,
  sizeCalculation: (_query, key) => key.length + 1,
})

/**
 * Parses a SPARQL 1.1 query into the algebra of section 18.2, the graph pushed into the patterns. Results are shared
 * between callers, and cached by text, base and prefixes; parameters are substituted afterwards.
 *
 * Errors: `query-syntax` and `query-semantics`, both with line and column; `parameter`; `too-large`.
 */
export function parse(text: string, options: ParseOptions = {}): Query {
  const query = cached(text, options)
  const parameters = new Map(Object.entries(options.parameters ?? {}))
  return parameters.size === 0 ? query : substitute(query, parameters)
}

function cached(text: string, options: ParseOptions): Query {
  const key = `${JSON.stringify([options.base ?? null, options.prefixes ?? null])}${text}`
  const known = cache.get(key)
  if (known !== undefined) return known
  const query = parseFresh(text, options)
  cache.set(key, query)
  return query
}

/**
 * Parses a request of SPARQL 1.1 Update; its operations may be none.
 *
 * Errors: `query-syntax` and `query-semantics`, both with line and column; `too-large`.
 */
export function parseUpdate(text: string, options: Pick<ParseOptions, 'base' | 'prefixes'> = {}): Update {
  return translate(text, options, (prepared) => lowerUpdate(parseUpdateSyntax(prepared), prepared))
}

function parseFresh(text: string, options: ParseOptions): Query {
  const query = translate(text, options, (prepared) => lowerQuery(parseSyntax(prepared), prepared))
  for (const node of walk(query.plan)) {
    if (node.kind !== 'join' || node.inputs.length <= MAXIMUM_JOINED) continue
    throw new PolyprovError(
      'too-large',
      `The query joins ${node.inputs.length} patterns, steps of paths counted; ${MAXIMUM_JOINED} are the most`,
    )
  }
  return query
}

function translate<Result>(text: string, options: ParseOptions, lower: (prepared: Prepared) => Result): Result {
  if (text.length > MAXIMUM_LENGTH) {
    throw new PolyprovError('too-large', `The query has ${text.length} characters; ${MAXIMUM_LENGTH} are the most`)
  }
  try {
    return lower(prepare(text, options))
  } catch (error) {
    if (error instanceof RangeError) throw new PolyprovError('too-large', 'The query nests too deeply to be translated')
    throw error
  }
}
