import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { iri, literal, type Quad, quad } from '../../planner/term.ts'
import type { Polystore } from '../../src/polystore.ts'
import { createServer, type PolyprovServer } from '../../src/server/create-server.ts'
import { openUpdatable } from '../sparql/updatable.ts'

const EX = 'http://x/'
const NODES = 1_500

/** A chain with shortcuts, a number and a text for every node. */
const QUADS: readonly Quad[] = Array.from({ length: NODES }, (_, i) => [
  quad(iri(`${EX}n${i}`), iri(`${EX}p`), iri(`${EX}n${(i + 1) % NODES}`)),
  quad(iri(`${EX}n${i}`), iri(`${EX}p`), iri(`${EX}n${(i * 7) % NODES}`)),
  quad(iri(`${EX}n${i}`), iri(`${EX}v`), literal(String(i), iri('http://www.w3.org/2001/XMLSchema#integer'))),
  quad(iri(`${EX}n${i}`), iri(`${EX}t`), literal(`${'a'.repeat(30)}${i}`)),
]).flat()

const TIMEOUT = 1_500

/** Queries that would take hours, or all memory. */
const ENDLESS: Readonly<Record<string, string>> = {
  'a product of billions, counted': 'SELECT (COUNT(*) AS ?n) { ?a :v ?x . ?b :v ?y . ?c :v ?z }',
  'a product of billions, in order': 'SELECT * { ?a :v ?x . ?b :v ?y . ?c :v ?z } ORDER BY ?z ?y ?x LIMIT 5',
  'a product of billions, distinct': 'SELECT DISTINCT ?x ?y ?z { ?a :v ?x . ?b :v ?y . ?c :v ?z }',
  'a product of billions, grouped': 'SELECT ?x ?y (COUNT(*) AS ?n) { ?a :v ?x . ?b :v ?y . ?c :v ?z } GROUP BY ?x ?y',
  'a product behind a filter': 'SELECT * { ?a :v ?x . ?b :v ?y . ?c :v ?z FILTER(?x + ?y + ?z < 0) }',
  'OPTIONAL of products': 'SELECT * { ?a :v ?x OPTIONAL { ?b :v ?y . ?c :v ?z FILTER(?x + ?y = -1) } }',
  'MINUS of products': 'SELECT * { ?a :v ?x MINUS { ?a :v ?x . ?b :v ?y . ?c :v ?z FILTER(?x + ?y + ?z < 0) } }',
  'EXISTS over products': 'SELECT * { ?a :v ?x FILTER EXISTS { ?b :v ?y . ?c :v ?z FILTER(?x + ?y + ?z < 0) } }',
  'nested closures, both ends free': 'SELECT (COUNT(*) AS ?n) { ?a (:p*)* ?b . ?c (:p+/:p*)+ ?d }',
  'closures of closures, joined':
    'SELECT (COUNT(*) AS ?n) { ?a ((:p|^:p)*/(:p*)*)* ?b . ?b ((:p*)*)* ?c . ?c (:p+)+ ?d }',
  'products of subqueries':
    'SELECT (COUNT(*) AS ?n) { { SELECT ?x { ?a :v ?x } } { SELECT ?y { ?b :v ?y } } { SELECT ?z { ?c :v ?z } } }',
  'products of UNION':
    'SELECT (COUNT(*) AS ?n) { { ?a :v ?x } UNION { ?a :p ?x } { ?b :v ?y } UNION { ?b :p ?y } { ?c :v ?z } UNION { ?c :p ?z } }',
}

const nested = (depth: number, open: string, middle: string, close: string): string =>
  open.repeat(depth) + middle + close.repeat(depth)

/** Queries that are much for a parser, a planner, or an evaluator that is not careful: they are answered, or refused. */
const LARGE: Readonly<Record<string, string>> = {
  '10,000 values': `SELECT (COUNT(*) AS ?n) { VALUES ?x { ${Array.from({ length: 10_000 }, (_, i) => i).join(' ')} } ?a :v ?x }`,
  '10,000 values in IN': `SELECT (COUNT(*) AS ?n) { ?a :v ?x FILTER(?x IN (${Array.from({ length: 10_000 }, (_, i) => i).join(', ')})) }`,
  'groups in groups': `ASK { ${nested(5_000, '{', '?s ?p ?o', '}')} }`,
  'OPTIONAL in OPTIONAL': `ASK { ${nested(500, '?s :p ?o OPTIONAL {', '?s :v ?v', '}')} }`,
  'brackets in brackets': `ASK { ?s :v ?v FILTER(${nested(5_000, '(', '?v = 1', ')')}) }`,
  'not not': `ASK { ?s :v ?v FILTER(${'!'.repeat(20_000)}(?v = 1)) }`,
  'a long sum': `ASK { ?s :v ?v FILTER(${Array.from({ length: 5_000 }, () => '?v').join(' + ')} = 5000) }`,
  'a long disjunction': `ASK { ?s :v ?v FILTER(${Array.from({ length: 5_000 }, (_, i) => `?v = ${-i - 1}`).join(' || ')}) }`,
  'a long sequence of a path': `ASK { :n0 ${Array.from({ length: 2_000 }, () => ':p').join('/')} ?o }`,
  'paths in paths': `ASK { :n0 ${nested(2_000, '(', ':p', ')*')} ?o }`,
  'many patterns': `ASK { ${Array.from({ length: 300 }, (_, i) => `?n${i} :p ?n${i + 1} .`).join(' ')} }`,
  'many branches': `ASK { ${Array.from({ length: 1_000 }, (_, i) => `{ ?s :v ${i} }`).join(' UNION ')} }`,
  'a regular expression that others cannot end': `SELECT (COUNT(*) AS ?n) { ?s :t ?t FILTER REGEX(?t, "^(a+)+$") }`,
  'one with a thousand choices': `SELECT (COUNT(*) AS ?n) { ?s :t ?t FILTER REGEX(?t, "${'(a|aa)'.repeat(300)}b") }`,
  'one that counts to thousands': `SELECT (COUNT(*) AS ?n) { ?s :t ?t FILTER REGEX(?t, "(((a{1,30}){1,30}){1,30})b") }`,
  'a text that doubles': `SELECT (STRLEN(?z) AS ?n) { BIND("a" AS ?a0) ${Array.from({ length: 40 }, (_, i) => `BIND(CONCAT(?a${i}, ?a${i}) AS ?a${i + 1})`).join(' ')} BIND(?a40 AS ?z) }`,
  'all texts as one': 'SELECT (STRLEN(GROUP_CONCAT(?t)) AS ?n) { ?s :t ?t . ?b :p ?c }',
}

let polystore: Polystore
let server: PolyprovServer
let url: string

beforeAll(async () => {
  polystore = await openUpdatable(QUADS, EX)
  server = createServer(polystore)
  url = await server.listen(0)
})

afterAll(async () => {
  await server.close(0)
  await polystore.close()
})

interface Answer {
  readonly status: number
  readonly code: string | undefined
}

async function ask(query: string): Promise<Answer> {
  const response = await fetch(`${url}/sparql?timeout=${TIMEOUT}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/sparql-query' },
    body: `PREFIX : <${EX}> ${query}`,
  })
  // A result that breaks off has no end that could be read.
  const text = await response.text().catch(() => '{"code":"broken"}')
  return { status: response.status, code: (JSON.parse(text) as { code?: string }).code }
}

/** Answers of a small query, one after the other, until `ended`. */
async function meanwhile(ended: Promise<unknown>): Promise<number> {
  let answers = 0
  let over = false
  void ended.finally(() => {
    over = true
  })
  while (!over) {
    expect(await ask('ASK { :n1 :v 1 }')).toEqual({ status: 200, code: undefined })
    if (!over) answers++
    await after(5)
  }
  return answers
}

describe('a query without end', () => {
  it.each(Object.entries(ENDLESS))('%s', async (_, query) => {
    const asked = ask(query)
    const answers = await meanwhile(asked)
    const { status, code } = await asked
    expect(['timeout', 'memory', 'broken']).toContain(code)
    expect([504, 503, 200]).toContain(status)
    // Others were answered while it ran.
    expect(answers).toBeGreaterThan(0)
    expect(polystore.running.list()).toEqual([])
  })
})

describe('a query that is much', () => {
  it.each(Object.entries(LARGE))('%s', async (_, query) => {
    const { status, code } = await ask(query)
    expect([undefined, 'timeout', 'memory', 'query-syntax', 'query-semantics', 'too-large', 'unsupported']).toContain(
      code,
    )
    expect(status).not.toBe(500)
    expect(await ask('ASK { :n1 :v 1 }')).toEqual({ status: 200, code: undefined })
    expect(polystore.running.list()).toEqual([])
  })
})
