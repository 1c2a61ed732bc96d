import fc from 'fast-check'
import type { RandomQuery } from '../../fuzz/generate.ts'

/** Tables with what makes SQL and SPARQL differ. */
export const TABLES = `
CREATE TABLE a (id int PRIMARY KEY, name text, n int, d numeric, f float8, c char(3), day date, ts timestamp, b int);
INSERT INTO a VALUES
  (1, 'x', 1, 1.5, 0, 'p', '2020-01-01', '2020-01-01 10:00', 1),
  (2, 'y', 2, 1.50, '-0', 'q', '2020-01-02', NULL, 1),
  (3, 'x', NULL, 2, 'NaN', NULL, NULL, '2020-01-01 10:00', 2),
  (4, 'X', 2, NULL, 2.5, 'pp', 'infinity', '2020-01-01 09:00', NULL),
  (5, NULL, 10, 10.0, NULL, 'p', '2020-01-01', 'infinity', 9);
CREATE TABLE b (id int PRIMARY KEY, label varchar(10), n int, flag boolean);
INSERT INTO b VALUES (1, 'x', 1, true), (2, 'é', 10, false), (3, NULL, NULL, NULL);
CREATE TABLE loose (k text, v int);
INSERT INTO loose VALUES ('u', 1), ('u', 1), ('v', 2), ('v', NULL), (NULL, 3), ('w/1', 3);
CREATE TABLE two (x int, y text, w numeric(6, 2) NOT NULL, PRIMARY KEY (x, y));
INSERT INTO two VALUES (1, 'x', 1), (1, 'y', 1.5), (2, 'x', 10), (2, 'z', 10);
`

export const VIEWS = `prefixes:
  x: http://x/
mappings:
  a:
    s: x:a/$(id)
    po:
      - [a, x:A]
      - [x:name, $(name)]
      - [x:n, $(n)]
      - [x:d, $(d)]
      - [x:f, $(f)]
      - [x:c, $(c)]
      - [x:day, $(day)]
      - [x:ts, $(ts)]
      - [x:to, x:b/$(b)~iri]
  b:
    s: x:b/$(id)
    po:
      - [a, x:B]
      - [x:name, $(label)]
      - [x:n, $(n)]
      - [x:flag, $(flag)]
  loose:
    s: x:l/$(k)
    po:
      - [x:v, $(v)]
      - [x:of, x:a/$(v)~iri]
  two:
    s: x:two/$(x)/$(y)
    po:
      - [a, x:B]
      - [x:w, $(w)]
      - [x:to, x:b/$(x)~iri]
      - [x:name, $(y)]
  tagged:
    sources:
      - [b]
    s: x:b/$(id)
    po:
      - [x:title, $(label), en~lang]
`

const PREDICATES = ['name', 'n', 'd', 'f', 'c', 'day', 'ts', 'to', 'v', 'of', 'w', 'flag', 'title'] as const
const NODES = [':a/1', ':a/2', ':b/1', ':l/u', ':two/1/x', ':none'].map((name) => `<http://x/${name.slice(1)}>`)

const subject = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('?s', '?t') },
  { weight: 1, arbitrary: fc.constantFrom(...NODES) },
)
const value = fc.constantFrom('?o', '?p', '?q')
const constant = fc.constantFrom('"x"', '1', '2', '10', '1.5', 'true', '"x"@en', '"p  "', ...NODES.slice(0, 3))
const triple = fc
  .oneof(
    {
      weight: 12,
      arbitrary: fc.tuple(
        subject,
        fc.constantFrom(...PREDICATES).map((name) => `:${name}`),
        value,
      ),
    },
    { weight: 3, arbitrary: fc.tuple(subject, fc.constantFrom(':to', ':of'), fc.constantFrom('?s', '?t')) },
    {
      weight: 2,
      arbitrary: fc.tuple(
        subject,
        fc.constantFrom(...PREDICATES).map((name) => `:${name}`),
        constant,
      ),
    },
    { weight: 2, arbitrary: fc.tuple(subject, fc.constant('a'), fc.constantFrom(':A', ':B', '?o')) },
  )
  .map((parts) => `${parts.join(' ')} .`)
const triples = fc.array(triple, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' '))

const variable = fc.constantFrom('?s', '?t', '?o', '?p', '?q')
const comparison = fc
  .tuple(
    variable,
    fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
    fc.oneof(variable, fc.constantFrom('1', '2.0', '"x"', '"2020-01-01"^^xsd:date', '1.5e0', ...NODES.slice(0, 2))),
  )
  .map((parts) => parts.join(' '))
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2 },
    { weight: 4, arbitrary: comparison },
    variable.map((name) => `BOUND(${name})`),
    fc.tuple(variable, fc.constantFrom('"x"', '""', '"p"')).map(([name, part]) => `CONTAINS(STR(${name}), ${part})`),
    fc
      .tuple(fc.constantFrom('STRSTARTS', 'STRENDS', 'CONTAINS'), variable, fc.constantFrom('"x"', '"p "', '""'))
      .map(([name, of, part]) => `${name}(${of}, ${part})`),
    variable.map((name) => `REGEX(${name}, "^x")`),
    variable.map((name) => `STRLEN(${name}) > 1`),
    fc.tuple(variable, variable).map(([a, b]) => `${a} + ${b} > 3`),
    variable.map((name) => `${name} IN (1, 2, "x")`),
    fc.constantFrom('isIRI(?o)', 'isLiteral(?o)', 'sameTerm(?s, ?t)'),
    tie('condition').map((inner) => `!(${inner})`),
    fc.tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition')).map((parts) => `(${parts.join(' ')})`),
  ),
}))
const filter = condition.map((inner) => `FILTER(${inner})`)

const { group } = fc.letrec<{ group: string; part: string }>((tie) => ({
  group: fc
    .tuple(triples, fc.array(tie('part'), { maxLength: 2 }))
    .map(([first, parts]) => [first, ...parts].join(' ')),
  part: fc.oneof(
    { maxDepth: 2 },
    { weight: 2, arbitrary: triples },
    { weight: 3, arbitrary: filter },
    tie('group').map((inner) => `OPTIONAL { ${inner} }`),
    fc.tuple(triples, filter).map((parts) => `OPTIONAL { ${parts.join(' ')} }`),
    fc.tuple(tie('group'), tie('group')).map(([one, other]) => `{ ${one} } UNION { ${other} }`),
    tie('group').map((inner) => `MINUS { ${inner} }`),
    tie('group').map((inner) => `FILTER EXISTS { ${inner} }`),
    tie('group').map((inner) => `FILTER NOT EXISTS { ${inner} }`),
    fc.tuple(variable, tie('group')).map(([name, inner]) => `{ SELECT DISTINCT ${name} { ${inner} } }`),
    fc
      .tuple(tie('group'), fc.nat())
      .map(([inner, number]) => `{ SELECT ?s (COUNT(*) AS ?k${number}) { ${inner} } GROUP BY ?s }`),
    fc.constantFrom('VALUES ?o { 1 "x" UNDEF }', 'VALUES ?s { <http://x/a/1> <http://x/b/1> }'),
  ),
}))
const where = fc.oneof(
  { weight: 4, arbitrary: group },
  fc.tuple(group, variable).map(([inner, name]) => `${inner} BIND(${name} AS ?m)`),
  fc.tuple(group, variable, variable).map(([inner, a, b]) => `${inner} BIND(${a} + ${b} AS ?m)`),
)

const plain = fc.record({ where, columns: fc.constant(['s', 't', 'o', 'p', 'q', 'm']) })
const aggregate = fc.tuple(
  fc.constantFrom('COUNT', 'SUM', 'AVG', 'MIN', 'MAX', 'SAMPLE'),
  fc.constantFrom('', 'DISTINCT '),
  fc.oneof({ weight: 4, arbitrary: variable }, fc.constantFrom('?o * 2', '?o + ?p')),
)

/** Random queries; order, LIMIT and OFFSET only over all columns. */
export const randomQuery: fc.Arbitrary<RandomQuery> = fc
  .record({
    body: plain,
    kind: fc.constantFrom('plain', 'plain', 'some', 'distinct', 'grouped', 'whole'),
    key: fc.subarray(['s', 't', 'o', 'p'], { minLength: 1, maxLength: 2 }),
    aggregates: fc.array(aggregate, { minLength: 1, maxLength: 2 }),
    having: fc.boolean(),
    ordered: fc.boolean(),
    offset: fc.nat({ max: 2 }),
    limit: fc.option(fc.nat({ max: 4 }), { nil: undefined }),
  })
  .map(({ body, kind, key, aggregates, having, ordered, offset, limit }): RandomQuery => {
    const base = {
      form: 'select' as const,
      dataset: '',
      where: body.where,
      ordered,
      offset,
      ...(limit === undefined ? {} : { limit }),
    }
    const names = key.map((name) => `?${name}`).join(' ')
    if (kind === 'plain') return { ...base, head: 'SELECT *', grouping: '', columns: body.columns }
    if (kind === 'some') return { ...base, head: `SELECT ${names}`, grouping: '', columns: key }
    if (kind === 'distinct') return { ...base, head: `SELECT DISTINCT ${names}`, grouping: '', columns: key }
    const columns = aggregates.map(
      ([name], index) =>
        `${name.toLowerCase() === 'sample' ? 'sample' : `g${index}`}${name.toLowerCase() === 'sample' && index > 0 ? 'x' : ''}`,
    )
    const made = aggregates.map(([name, distinct, of], index) => `(${name}(${distinct}${of}) AS ?${columns[index]})`)
    if (kind === 'whole') return { ...base, head: `SELECT ${made.join(' ')}`, grouping: '', columns }
    const condition = having ? ' HAVING (COUNT(*) > 1)' : ''
    return {
      ...base,
      head: `SELECT ${names} ${made.join(' ')}`,
      grouping: `GROUP BY ${names}${condition}`,
      columns: [...key, ...columns],
      // Any value of a group will do, so that rows with one have no order.
      ordered: ordered && !columns.some((name) => name.startsWith('sample')),
    }
  })
