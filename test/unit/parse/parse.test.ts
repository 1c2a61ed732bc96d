import { describe, expect, it } from 'vitest'
import { PolyprovError } from '../../../planner/errors.ts'
import { type ParseOptions, parse } from '../../../planner/parse.ts'
import { iri, literal, type Term } from '../../../planner/term.ts'
import { show } from './show.ts'

const PROLOGUE = 'PREFIX : <http://x/> '
const algebra = (text: string, options?: ParseOptions): string => show(parse(PROLOGUE + text, options).plan)
/** The algebra of a group, without the projection around it. */
const group = (text: string): string => /^\(project \([^()]*\) (.*)\)$/s.exec(algebra(`SELECT * ${text}`))![1]!

function errorOf(text: string, options?: ParseOptions): PolyprovError {
  try {
    parse(text, options)
  } catch (error) {
    if (error instanceof PolyprovError) return error
    throw error
  }
  throw new Error(`parsed: ${text}`)
}

describe('groups (section 18.2.2)', () => {
  it.each([
    ['filters hold for the whole group', '{ FILTER(?b > 1) ?a :p ?b }', '(filter (> ?b "1") (?a :p ?b))'],
    [
      'filters become one conjunction',
      '{ ?a :p ?b FILTER(?b > 1) FILTER(?b < 9 && ?a != ?b) }',
      '(filter (&& (> ?b "1") (&& (< ?b "9") (!= ?a ?b))) (?a :p ?b))',
    ],
    [
      'the filter of an OPTIONAL is the condition of the left join',
      '{ ?a :p ?b OPTIONAL { ?b :q ?c FILTER(?c = ?a) } }',
      '(leftJoin (?a :p ?b) (?b :q ?c) (= ?c ?a))',
    ],
    [
      'the filter of a group within an OPTIONAL stays there',
      '{ ?a :p ?b OPTIONAL { { ?b :q ?c FILTER(?c = ?a) } } }',
      '(leftJoin (?a :p ?b) (filter (= ?c ?a) (?b :q ?c)))',
    ],
    ['OPTIONAL first', '{ OPTIONAL { ?a :p ?b } }', '(leftJoin unit (?a :p ?b))'],
    [
      'elements in their order',
      '{ ?a :p ?b OPTIONAL { ?b :q ?c } ?c :r ?d }',
      '(join (leftJoin (?a :p ?b) (?b :q ?c)) (?c :r ?d))',
    ],
    ['MINUS', '{ ?a :p ?b MINUS { ?a :q ?c } }', '(minus (?a :p ?b) (?a :q ?c))'],
    ['MINUS without a shared variable', '{ ?a :p ?b MINUS { ?c :q ?d } }', '(?a :p ?b)'],
    [
      'UNION, flattened',
      '{ { ?a :p ?b } UNION { { ?a :q ?b } UNION { ?a :r ?b } } }',
      '(union (?a :p ?b) (?a :q ?b) (?a :r ?b))',
    ],
    ['an empty branch', '{ { ?a :p ?b } UNION { } }', '(union (?a :p ?b) unit)'],
    [
      'BIND ends the group so far',
      '{ ?a :p ?b BIND(?b + 1 AS ?c) ?c :q ?d }',
      '(join (extend c (+ ?b "1") (?a :p ?b)) (?c :q ?d))',
    ],
    ['VALUES', '{ VALUES (?a ?b) { (:x UNDEF) (1 "t") } }', '(values (a b) (:x UNDEF) ("1" "t"))'],
    [
      'EXISTS',
      '{ ?a :p ?b FILTER NOT EXISTS { ?a :q ?c FILTER(?c = ?b) } }',
      '(filter (notExists (filter (= ?c ?b) (?a :q ?c))) (?a :p ?b))',
    ],
    ['SERVICE', '{ SERVICE SILENT :e { ?a :p ?b } }', '(service :e silent (?a :p ?b))'],
    [
      'constants',
      '{ ?a :p 1E6, +5, .5, true, "x"@en-GB }',
      '(join (?a :p "1E6") (?a :p "+5") (?a :p ".5") (?a :p "true") (?a :p "x"))',
    ],
    [
      'numbers with a sign',
      '{ ?a :p +5, -1E6, +.5, -0, "005" FILTER(?a +5 > -1E6) }',
      '(filter (> (+ ?a "5") "-1E6") (join (?a :p "+5") (?a :p "-1E6") (?a :p "+.5") (?a :p "-0") (?a :p "005")))',
    ],
    ['a filter that is always true', '{ ?a :p ?b FILTER(true) }', '(?a :p ?b)'],
  ])('%s', (_name, text, expected) => {
    expect(group(text)).toBe(expected)
  })

  it('shows the variables of what is empty', () => {
    expect(algebra('SELECT * { VALUES ?a { } }')).toBe('(empty a)')
    expect(algebra('SELECT * { ?a :p ?b OPTIONAL { ?b :q ?c FILTER(false) } }')).toContain('(project (a b c)')
    expect(algebra('SELECT * { { ?a :p ?b } UNION { ?c :p ?d FILTER(false) } }')).toContain('(project (a b c d)')
  })

  it('makes blank nodes variables that SELECT * does not show', () => {
    expect(algebra('SELECT * { _:x :p [ :q ?a ], (1) . _:x :r ?a }')).toBe(
      '(project (a) (join (?_:b0 :p ?_:b1) (?_:b0 :p ?_:b2) (?_:b1 :q ?a) (?_:b2 http://www.w3.org/1999/02/22-rdf-syntax-ns#first "1") (?_:b2 http://www.w3.org/1999/02/22-rdf-syntax-ns#rest http://www.w3.org/1999/02/22-rdf-syntax-ns#nil) (?_:b0 :r ?a)))',
    )
    expect(algebra('SELECT * { _:a :p _:e_a FILTER(true) _:a :q _:e_a }')).toBe(
      '(project () (join (?_:b0 :p ?_:b1) (?_:b0 :q ?_:b1)))',
    )
  })
})

describe('paths (section 18.2.2.4)', () => {
  it.each([
    ['^:p', '(?y :p ?x)'],
    [':p/:q', '(join (?x :p ?_:b0) (?_:b0 :q ?y))'],
    ['^(:p/:q)', '(join (?y :p ?_:b0) (?_:b0 :q ?x))'],
    [':p|^:q', '(union (?x :p ?y) (?y :q ?x))'],
    [':p+', '(path ?x :p+ ?y)'],
    ['^(:p*)', '(path ?y :p* ?x)'],
    ['(^:p/:q)?', '(path ?x (^:p/:q)? ?y)'],
    ['!(:p|^:q|a)', '(path ?x !(:p|http://www.w3.org/1999/02/22-rdf-syntax-ns#type|^:q) ?y)'],
    ['!^:p', '(path ?x !(^:p) ?y)'],
    [':p/:q*', '(join (?x :p ?_:b0) (path ?_:b0 :q* ?y))'],
  ])('%s', (path, expected) => {
    expect(group(`{ ?x ${path} ?y }`)).toBe(expected)
  })
})

describe('GRAPH (section 18.6)', () => {
  it.each([
    ['an IRI', '{ GRAPH :g { ?a :p ?b } }', '(:g: ?a :p ?b)'],
    ['a variable', '{ GRAPH ?g { ?a :p ?b . ?b :q+ ?c } }', '(join (?g: ?a :p ?b) (?g: path ?b :q+ ?c))'],
    ['nothing', '{ GRAPH ?g { } }', '(graphs ?g)'],
    ['nothing, nested', '{ GRAPH ?g { { } } }', '(graphs ?g)'],
    ['only OPTIONAL', '{ GRAPH ?g { OPTIONAL { ?a :p ?b } } }', '(leftJoin (graphs ?g) (?g: ?a :p ?b))'],
    ['only VALUES', '{ GRAPH ?g { VALUES ?x { 1 } } }', '(join (values (x) ("1")) (graphs ?g))'],
    ['only BIND', '{ GRAPH :g { BIND(1 AS ?x) } }', '(join (extend x "1" unit) (graphs :g))'],
    ['a branch without a pattern', '{ GRAPH ?g { { ?a :p ?b } UNION { } } }', '(union (?g: ?a :p ?b) (graphs ?g))'],
    ['only EXISTS', '{ GRAPH ?g { FILTER EXISTS { ?a :p ?b } } }', '(filter (exists (?g: ?a :p ?b)) (graphs ?g))'],
    ['GRAPH within', '{ GRAPH ?g { ?a :p ?b GRAPH ?h { ?c :q ?d } } }', '(join (?g: ?a :p ?b) (?h: ?c :q ?d))'],
    ['its own variable in a triple', '{ GRAPH ?g { ?g :p ?b } }', '(?g: ?g :p ?b)'],
    [
      'its own variable in a filter',
      '{ GRAPH ?g { ?a :p ?b FILTER(?g = :a) } }',
      '(extend g ?.g0 (filter (= ?g :a) (?.g0: ?a :p ?b)))',
    ],
    [
      'its own variable in an OPTIONAL',
      '{ GRAPH ?g { ?a :p ?b OPTIONAL { ?g :q ?c } } }',
      '(join (leftJoin (?.g0: ?a :p ?b) (?.g0: ?g :q ?c)) (extend g ?.g0 (graphs ?.g0)))',
    ],
    ['MINUS', '{ GRAPH ?g { ?a :p ?b MINUS { ?a :q ?c } } }', '(minus (?g: ?a :p ?b) (?g: ?a :q ?c))'],
    ['MINUS that shares no variable', '{ GRAPH ?g { ?a :p ?b MINUS { ?c :q ?d } } }', '(?g: ?a :p ?b)'],
    ['a subquery', '{ GRAPH ?g { { SELECT DISTINCT ?a { ?a :p ?b } } } }', '(distinct (project (a g) (?g: ?a :p ?b)))'],
    [
      'a subquery with its own variable hidden',
      '{ GRAPH ?g { { SELECT ?a { ?a :p ?g } } } }',
      '(extend g ?.g0 (project (a .g0) (?.g0: ?a :p ?g)))',
    ],
    [
      'groups',
      '{ GRAPH ?g { { SELECT ?a (COUNT(?b) AS ?n) { ?a :p ?b } GROUP BY ?a } } }',
      '(extend n ?.a0 (group (a g) (.a0=count ?b) (?g: ?a :p ?b)))',
    ],
    [
      'one group for each graph',
      '{ GRAPH ?g { { SELECT (COUNT(?b) AS ?n) { ?a :p ?b } } } }',
      '(extend n ?.a0 (project (g .a0) (extend .a0 (IF (BOUND ?.size) ?.of.a0 "0") (leftJoin (graphs ?g) (group (g) (.of.a0=count ?b, .size=count) (?g: ?a :p ?b))))))',
    ],
    [
      'one group of a graph that may not exist',
      '{ GRAPH :g { { SELECT (COUNT(?b) AS ?n) { ?a :p ?b } } } }',
      '(join (project (n) (extend n ?.a0 (group () (.a0=count ?b) (:g: ?a :p ?b)))) (graphs :g))',
    ],
  ])('%s', (_name, text, expected) => {
    expect(group(text)).toBe(expected)
  })

  it.each([
    [
      'LIMIT counts the rows of each graph',
      '{ GRAPH ?g { { SELECT ?a { ?a :p ?b } LIMIT 1 } } }',
      '(eachGraph ?g (slice 0 1 (project (a) (?a :p ?b))))',
    ],
    [
      'MINUS of what may be unbound looks at each graph',
      '{ GRAPH ?g { OPTIONAL { ?a :p ?b } MINUS { ?a :q ?c } } }',
      '(eachGraph ?g (minus (leftJoin unit (?a :p ?b)) (?a :q ?c)))',
    ],
    [
      'blank nodes and graphs within',
      '{ GRAPH ?g { { SELECT ?a { ?a :p _:b . _:b :p ?a GRAPH ?h { ?a :q ?c } } LIMIT 1 } } }',
      '(eachGraph ?g (slice 0 1 (project (a) (join (?a :p ?_:b1) (?_:b1 :p ?a) (eachGraph ?h (?a :q ?c))))))',
    ],
  ])('asks graph by graph: %s', (_name, text, expected) => {
    expect(group(text)).toBe(expected)
  })
})

describe('SELECT (sections 18.2.4 and 18.2.5)', () => {
  it.each([
    [
      'modifiers in their order',
      'SELECT DISTINCT ?a (?b + 1 AS ?c) { ?a :p ?b } ORDER BY DESC(?c) ?b LIMIT 5 OFFSET 2',
      '(slice 2 5 (distinct (project (a c) (order (desc ?c, ?b) (extend c (+ ?b "1") (?a :p ?b))))))',
    ],
    [
      'aggregates, computed once',
      'SELECT ?a (COUNT(DISTINCT ?b) + 1 AS ?n) { ?a :p ?b } GROUP BY ?a HAVING(COUNT(DISTINCT ?b) > 2) ORDER BY ?n ?b',
      '(project (a n) (order (?n, ?.a1) (extend n (+ ?.a0 "1") (filter (> ?.a0 "2") (group (a) (.a0=count distinct ?b, .a1=sample ?b) (?a :p ?b))))))',
    ],
    [
      'expressions as keys',
      'SELECT ?l (SUM(?v) AS ?t) { ?x :v ?v } GROUP BY (STR(?x) AS ?l) YEAR(?v)',
      '(project (l t) (extend t ?.a1 (group (l .k0) (.a1=sum ?v) (extend .k0 (YEAR ?v) (extend l (STR ?x) (?x :v ?v))))))',
    ],
    [
      'aggregates without keys',
      'SELECT (COUNT(*) AS ?n) { ?a :p ?b }',
      '(project (n) (extend n ?.a0 (group () (.a0=count) (?a :p ?b))))',
    ],
    [
      'a column made of another',
      'SELECT (MAX(?b) AS ?m) (?m * 2 AS ?d) { ?a :p ?b }',
      '(project (m d) (extend d (* ?m "2") (extend m ?.a0 (group () (.a0=max ?b) (?a :p ?b)))))',
    ],
    [
      'VALUES at the end',
      'SELECT ?a { ?a :p ?b } VALUES ?b { 1 }',
      '(project (a) (join (?a :p ?b) (values (b) ("1"))))',
    ],
    [
      'a subquery',
      'SELECT ?a { ?a :p ?b { SELECT ?b { ?b :q ?c } LIMIT 1 } }',
      '(project (a) (join (?a :p ?b) (slice 0 1 (project (b) (?b :q ?c)))))',
    ],
    ['LIMIT 0', 'SELECT ?a { ?a :p ?b } LIMIT 0', '(empty a)'],
  ])('%s', (_name, text, expected) => {
    expect(algebra(text)).toBe(expected)
  })
})

describe('expressions', () => {
  it.each([
    ['?x IN (1, 2)', '(IN ?x "1" "2")'],
    ['?x NOT IN ()', '(NOT IN ?x)'],
    ['-?x = +?y', '(= (U- ?x) (U+ ?y))'],
    ['?x -1 > 2', '(> (- ?x "1") "2")'],
    ['!isURI(?x) && URI(?x) = ?y', '(&& (! (ISIRI ?x)) (= (IRI ?x) ?y))'],
    ['if(bound(?x), coalesce(?x, 1), :f(?x, 2))', '(IF (BOUND ?x) (COALESCE ?x "1") (:f ?x "2"))'],
    ['regex(str(?x), "a", "i") || sameTerm(?x, ?y)', '(|| (REGEX (STR ?x) "a" "i") (SAMETERM ?x ?y))'],
    [
      'encode_for_uri(?x) = struuid() || strlang(?x, "en") = now()',
      '(|| (= (ENCODE_FOR_URI ?x) (STRUUID)) (= (STRLANG ?x "en") (NOW)))',
    ],
  ])('%s', (text, expected) => {
    expect(group(`{ ?x :p ?y FILTER(${text}) }`)).toBe(`(filter ${expected} (?x :p ?y))`)
  })

  it('refuses what is too large', () => {
    expect(errorOf(`SELECT * { VALUES ?x { ${'1 '.repeat(100_000)} } }`).code).toBe('too-large')
    expect(errorOf(`ASK { FILTER(1 ${'+ 1 '.repeat(2_000)}) }`).message).toContain('deeper')
  })

  it('balances long chains', () => {
    const chain = Array.from({ length: 4_000 }, (_, index) => `?x != ${index}`).join(' && ')
    expect(parse(`SELECT * { ?x ?p ?o FILTER(${chain}) }`).plan.kind).toBe('project')
  })
})

describe('forms', () => {
  it('CONSTRUCT keeps blank nodes in its template', () => {
    const query = parse(`${PROLOGUE}CONSTRUCT { _:n :of ?a . [ :p ?c ] } { _:n :p ?a . ?a :q ?b }`)
    const template = query.form.kind === 'construct' ? query.form.template.map(show) : []
    expect(template).toHaveLength(2)
    expect(template[0]).toBe('(_:n :of ?a)')
    expect(template[1]).toMatch(/^\(_:\.g_[0-9]+ :p \?c\)$/)
    expect(show(query.plan)).toBe('(project (a c) (join (?_:b0 :p ?a) (?a :q ?b)))')
  })

  it('CONSTRUCT WHERE', () => {
    const query = parse(`${PROLOGUE}CONSTRUCT WHERE { ?a :p _:n . _:n :q ?b } LIMIT 3`)
    expect(query.form.kind === 'construct' && query.form.template.map(show)).toEqual(['(?a :p _:n)', '(_:n :q ?b)'])
    expect(show(query.plan)).toBe('(slice 0 3 (project (a b) (join (?a :p ?_:b0) (?_:b0 :q ?b))))')
  })

  it('ASK and DESCRIBE', () => {
    expect(algebra('ASK { ?a :p ?b }')).toBe('(slice 0 1 (project () (?a :p ?b)))')
    const query = parse(`${PROLOGUE}DESCRIBE ?a :b { ?a :p ?c }`)
    expect(query.form.kind === 'describe' && query.form.terms.map((term) => term.value)).toEqual(['a', 'http://x/b'])
    expect(algebra('DESCRIBE :b')).toBe('(project () unit)')
    const all = parse(`${PROLOGUE}DESCRIBE * { ?a :p ?c }`)
    expect(all.form.kind === 'describe' && all.form.terms.map((term) => term.value)).toEqual(['a', 'c'])
  })

  it('datasets, bases and prefixes', () => {
    const query = parse('BASE <http://y/a/b> PREFIX q: <../c#> SELECT * FROM <d> FROM NAMED q:e { <?f> a q:g\\-h }', {
      prefixes: { z: 'http://z/' },
    })
    expect(query.dataset?.default.map((graph) => graph.value)).toEqual(['http://y/a/d'])
    expect(query.dataset?.named.map((graph) => graph.value)).toEqual(['http://y/c#e'])
    expect(query.base).toBe('http://y/a/b')
    expect(query.prefixes).toEqual({ z: 'http://z/', q: 'http://y/c#' })
    expect(show(query.plan)).toContain(
      '(http://y/a/b?f http://www.w3.org/1999/02/22-rdf-syntax-ns#type http://y/c#g-h)',
    )
  })

  it('codepoint escapes and comments', () => {
    expect(algebra('SELECT ?\\u0061 { ?a :p "\\u0022\\U0001F600\\\\u0041" # "comment }\n }')).toBe(
      `(project (a) (?a :p ${JSON.stringify('"\u{1f600}\\u0041')}))`,
    )
    const comments = '# nothing\n'.repeat(20_000)
    expect(algebra(`${comments}ASK {}`)).toBe('(slice 0 1 (project () unit))')
  })
})

describe('parameters', () => {
  const m = iri('http://x/M')
  const bind = (text: string, parameters: Readonly<Record<string, Term>>): string => algebra(text, { parameters })

  it.each([
    [
      'patterns and expressions',
      'SELECT ?x { $m :p ?x FILTER(?m != ?x && bound(?m)) }',
      '(project (x) (filter (&& (!= :M ?x) "true") (:M :p ?x)))',
    ],
    [
      'a projected parameter',
      'SELECT ?m ?x { ?m :p ?x } LIMIT 1',
      '(slice 0 1 (project (m x) (extend m :M (:M :p ?x))))',
    ],
    ['a parameter that nothing else mentions', 'SELECT ?x ?m { ?x :p ?y }', '(project (x m) (extend m :M (?x :p ?y)))'],
    ['subqueries', 'SELECT ?m ?n { { SELECT ?m ?n { ?m :p ?n } } }', '(project (m n) (extend m :M (:M :p ?n)))'],
    [
      'EXISTS',
      'SELECT ?x { ?x :p ?y FILTER EXISTS { ?x :q ?m } }',
      '(project (x) (filter (exists (?x :q :M)) (?x :p ?y)))',
    ],
    ['VALUES', 'SELECT ?x { VALUES (?x ?m) { (1 :M) (2 :N) (3 UNDEF) } }', '(project (x) (values (x) ("1") ("3")))'],
    ['GRAPH', 'SELECT ?x { GRAPH ?m { ?x :p ?y } GRAPH ?m {} }', '(project (x) (join (:M: ?x :p ?y) (graphs :M)))'],
    [
      'MINUS that shares nothing else',
      'SELECT ?x { ?m :p ?x MINUS { ?m :q ?z } }',
      '(project (x) (minus (extend m :M (:M :p ?x)) (extend m :M (:M :q ?z))))',
    ],
    [
      'keys',
      'SELECT ?m (COUNT(*) AS ?n) { ?m :p ?x } GROUP BY ?m',
      '(project (m n) (extend m :M (extend n ?.a0 (project (.a0) (group (m) (.a0=count) (extend m :M (:M :p ?x)))))))',
    ],
  ])('%s', (_name, text, expected) => {
    expect(bind(text, { m })).toBe(expected)
  })

  it('a literal where none can stand matches nothing', () => {
    expect(bind('SELECT ?x { ?m :p ?x }', { m: literal('a') })).toBe('(empty x)')
  })

  it('refuses to bind what the query assigns', () => {
    expect(errorOf('SELECT * { BIND(1 AS ?m) }', { parameters: { m } }).code).toBe('parameter')
  })

  it('share one parsed query', () => {
    const text = 'SELECT ?x { ?m ?p ?x }'
    expect(parse(text)).toBe(parse(text))
    expect(parse(text, { parameters: { m } })).not.toBe(parse(text))
    expect(show(parse(text).plan)).toBe('(project (x) (?m ?p ?x))')
  })

  it('reach templates', () => {
    const query = parse('CONSTRUCT { ?m ?p ?x } { ?m ?p ?x }', { parameters: { m } })
    expect(query.form.kind === 'construct' && query.form.template.map(show)).toEqual(['(:M ?p ?x)'])
  })
})

describe('errors', () => {
  it.each([
    ['SELECT ?x {\n ?x ?y }', 'query-syntax', 2, 8, 'but found "}"'],
    ['SELECT ?x { ?x a ?y', 'query-syntax', 1, 20, 'the end of the query'],
    ['SELECT ?x { ?x a "abc }', 'query-syntax', 1, 18, 'string'],
    ['SELECT ?x { ?x a ?y } LIMIT x', 'query-syntax', 1, 29, 'Expected a number'],
    ['SELECT ?x { ?x a `y` }', 'query-syntax', 1, 18, 'Unexpected character'],
    ['', 'query-syntax', 1, 1, 'empty'],
    ['INSERT DATA { <a:b> <a:b> 1 }', 'query-syntax', 1, 1, 'update'],
    ['SELECT * { <<?a ?b ?c>> ?p ?o }', 'query-syntax', 1, 12, ''],
    ['SELECT * { ?a ?b "\\uD800" }', 'query-syntax', 1, 19, 'not the escape'],
    ['SELECT *\r\n# \\u0041\r\n{ ?x foaf:p ?y }', 'query-semantics', 3, 6, '"foaf:"'],
    ['SELECT * { ?x constructor:p ?y }', 'query-semantics', 1, 15, '"constructor:"'],
    ['SELECT * { <x> ?p ?y }', 'query-semantics', 1, 12, 'BASE'],
    ['SELECT * { ?\\u0061 ?b ?c BIND(1 AS ?b) }', 'query-semantics', 1, 36, '?b'],
    ['SELECT (1 AS ?x) { ?x ?p ?o }', 'query-semantics', 1, 14, '?x'],
    ['SELECT (1 AS ?x) (2 AS ?x) { }', 'query-semantics', 1, 24, 'Two columns'],
    ['SELECT ?a ?b (COUNT(*) AS ?n) { ?a ?p ?b } GROUP BY ?a', 'query-semantics', 1, 11, '?b'],
    ['SELECT * { ?a ?p ?b } GROUP BY ?a', 'query-syntax', 1, 23, 'GROUP'],
    ['SELECT * { ?a ?p ?b } ORDER BY COUNT(?a)', 'query-semantics', 1, 1, 'SELECT *'],
    ['SELECT (SUM(COUNT(?a)) AS ?n) { ?a ?p ?b }', 'query-semantics', 1, 13, 'COUNT'],
    ['SELECT * { ?a ?p ?b FILTER(MAX(?a) > 1) }', 'query-semantics', 1, 28, 'MAX'],
    ['SELECT * { _:a ?p ?b OPTIONAL { _:a ?q ?c } }', 'query-semantics', 1, 33, '_:a'],
    ['SELECT * { VALUES (?a ?b) { (1 2)\n (3) } }', 'query-semantics', 2, 2, '1 value for 2 variables'],
    ['SELECT * { VALUES (?a ?a) { (1 2) } }', 'query-semantics', 1, 23, 'twice'],
    ['SELECT * { VALUES ?a {', 'query-syntax', 1, 22, 'Expected'],
    [`SELECT * { ${'{'.repeat(1_000)}${'}'.repeat(1_000)} }`, 'query-syntax', 1, 411, 'deeper'],
  ])('%s', (text, code, line, column, message) => {
    const error = errorOf(text)
    expect([error.code, error.details.line, error.details.column]).toEqual([code, line, column])
    expect(error.message).toContain(message)
  })
})
