import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PolyprovError } from '../../../planner/errors.ts'
import { parse, parseUpdate } from '../../../planner/parse.ts'
import { variablesOf } from '../../../planner/variables.ts'

const PIECES =
  'SELECT * DISTINCT ?a ?b ?c WHERE { } { } { } ( ) ( ) [ ] . ; , FILTER OPTIONAL UNION MINUS GRAPH ?g VALUES UNDEF BIND AS EXISTS NOT SERVICE <http://x/> <y> :p :q _:n "t" \'u\' """v""" "w"@en ^^ 1 2.5 1E6 + - * / | ^ ! = && || < > IN COUNT SUM GROUP BY HAVING ORDER DESC LIMIT OFFSET ASK CONSTRUCT DESCRIBE FROM NAMED PREFIX BASE : a true STR IF COALESCE \\u0041 # \n << >> é \\ "'.split(
    / /,
  )

describe('any text', () => {
  it('is parsed or refused with a position', () => {
    const outcome = (text: string): void => {
      try {
        const query = parse(text, { base: 'http://y/', prefixes: { '': 'http://p/' } })
        if (query.form.kind === 'select') {
          const shown = new Set(variablesOf(query.plan))
          expect(query.form.variables.every((name) => shown.has(name))).toBe(true)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(PolyprovError)
        const { code, details } = error as PolyprovError
        expect(['query-syntax', 'query-semantics', 'unsupported']).toContain(code)
        if (code !== 'unsupported') expect(details.line).toBeGreaterThan(0)
      }
    }
    const words = fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }).map((pieces) => pieces.join(' '))
    const pattern = fc.constantFrom(
      '?a :p ?b',
      '?a :p/:q* _:n',
      'OPTIONAL { ?b :q ?c FILTER(?c > ?a) }',
      '{ ?a :p ?b } UNION { VALUES ?b { 1 } }',
      'GRAPH ?g { ?a :p ?g OPTIONAL { ?b :q ?c } }',
      'MINUS { ?a :q ?z }',
      'BIND(?a AS ?d)',
      'FILTER NOT EXISTS { GRAPH ?g { } }',
      '{ SELECT (COUNT(*) AS ?n) { ?a ?p [ :q (1) ] } }',
      'GRAPH ?g { { SELECT ?a (MAX(?b) AS ?m) { ?a :p ?b } GROUP BY ?a } }',
    )
    const queries = fc.array(pattern, { maxLength: 5 }).map((patterns) => `SELECT * { ${patterns.join(' . ')} }`)
    const torn = fc
      .tuple(queries, fc.nat(200), fc.constantFrom(...PIECES), fc.nat(8))
      .map(([text, at, piece, gone]) => `${text.slice(0, at)}${piece}${text.slice(at + gone)}`)
    fc.assert(fc.property(fc.oneof(words, queries, torn, fc.string()), outcome), { numRuns: 1_500 })
  })

  it('is an update or refused with a position', () => {
    const outcome = (text: string): void => {
      try {
        parseUpdate(text, { base: 'http://y/', prefixes: { '': 'http://p/' } })
      } catch (error) {
        expect(error).toBeInstanceOf(PolyprovError)
        const { code, details } = error as PolyprovError
        expect(['query-syntax', 'query-semantics', 'unsupported']).toContain(code)
        if (code !== 'unsupported' && code !== 'query-semantics') expect(details.line).toBeGreaterThan(0)
      }
    }
    const pieces = [
      ...PIECES,
      ...'INSERT DELETE DATA { } { } USING WITH INTO LOAD CLEAR DROP ALL SILENT COPY TO ; ;'.split(' '),
      'INSERT DATA {',
      'DELETE WHERE {',
      'GRAPH <g> {',
      '[ :p 1 ]',
    ]
    const words = fc.array(fc.constantFrom(...pieces), { maxLength: 20 }).map((each) => each.join(' '))
    const whole =
      'WITH <g> DELETE { ?s :p ?o } INSERT { [ :q ?o ] GRAPH ?g { _:a :p (1) } } WHERE { ?s :p ?o } ; CLEAR ALL'
    const torn = fc
      .tuple(fc.nat(whole.length), fc.constantFrom(...pieces), fc.nat(8))
      .map(([at, piece, gone]) => `${whole.slice(0, at)}${piece}${whole.slice(at + gone)}`)
    fc.assert(fc.property(fc.oneof(words, torn), outcome), { numRuns: 1_000 })
  })
})
