import fc from 'fast-check'

/** A random query in the parts that a comparison treats differently. */
export interface RandomQuery {
  readonly form: 'select' | 'ask' | 'construct'
  /** SELECT with its expressions, ASK, or CONSTRUCT with its template. */
  readonly head: string
  /** FROM and FROM NAMED. */
  readonly dataset: string
  readonly where: string
  /** GROUP BY and HAVING. */
  readonly grouping: string
  /** Whether the rows come in the order of all columns; LIMIT and OFFSET only then. */
  readonly ordered: boolean
  readonly columns: readonly string[]
  readonly offset: number
  readonly limit?: number
}

const PROLOGUE = 'PREFIX : <http://x/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>'

/** The query's text; without its LIMIT and OFFSET on demand. */
export function textOf(query: RandomQuery, sliced = true): string {
  const order = query.ordered ? `ORDER BY ${query.columns.map((name) => `?${name}`).join(' ')}` : ''
  const limit = query.limit === undefined ? '' : `LIMIT ${query.limit}`
  const slice = sliced && query.ordered ? `${query.offset > 0 ? `OFFSET ${query.offset}` : ''} ${limit}` : ''
  return [PROLOGUE, query.head, query.dataset, `WHERE { ${query.where} }`, query.grouping, order, slice]
    .filter((part) => part !== '')
    .join(' ')
}

const VARIABLES = ['a', 'b', 'c', 'd'] as const
const NODES = ['a', 'b', 'c', 'd'] as const

// Data

const dataNode = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NODES).map((name) => `<http://x/${name}>`) },
  { weight: 1, arbitrary: fc.constantFrom('_:bn0', '_:bn1') },
)
const number = fc.constantFrom(
  '"1"^^xsd:integer',
  '"2"^^xsd:integer',
  '"3"^^xsd:integer',
  '"2.5"^^xsd:decimal',
  '"1.5"^^xsd:double',
)
const value = fc.oneof(
  number,
  fc.constantFrom('"x"', '"y"', '"x"@en', '"y"@fr', '"true"^^xsd:boolean', '"2024-01-01T00:00:00Z"^^xsd:dateTime'),
)
const dataGraph = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.constantFrom('<http://x/g1>', '<http://x/g2>') },
)
const dataQuad = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(dataNode, fc.constantFrom('p', 'q', 'r'), dataNode, dataGraph),
  },
  { weight: 2, arbitrary: fc.tuple(dataNode, fc.constant('n'), number, dataGraph) },
  { weight: 2, arbitrary: fc.tuple(dataNode, fc.constantFrom('p', 'v'), value, dataGraph) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      dataNode,
      fc.constant('http://www.w3.org/1999/02/22-rdf-syntax-ns#type'),
      fc.constantFrom('<http://x/A>', '<http://x/B>'),
      dataGraph,
    ),
  },
)

const expand = (text: string): string => text.replace(/\^\^xsd:(\w+)/, '^^<http://www.w3.org/2001/XMLSchema#$1>')

/** N-Quads, each line once. */
export const dataset: fc.Arbitrary<readonly string[]> = fc.uniqueArray(
  dataQuad.map(([subject, predicate, object, graph]) =>
    [subject, predicate.startsWith('http') ? `<${predicate}>` : `<http://x/${predicate}>`, expand(object), graph, '.']
      .filter((part) => part !== '')
      .join(' '),
  ),
  { minLength: 3, maxLength: 14 },
)

// Patterns

const variable = fc.constantFrom(...VARIABLES).map((name) => `?${name}`)
const node = fc.constantFrom(...NODES).map((name) => `:${name}`)
const subject = fc.oneof(
  { weight: 6, arbitrary: variable },
  { weight: 1, arbitrary: node },
  {
    weight: 1,
    arbitrary: fc.constantFrom('_:n', '_:m'),
  },
)
const literal = fc.constantFrom('1', '2', '2.5', '"1.5"^^xsd:double', '"x"', '"x"@en', 'true')
const object = fc.oneof(
  { weight: 6, arbitrary: variable },
  { weight: 1, arbitrary: node },
  { weight: 1, arbitrary: literal },
  { weight: 1, arbitrary: fc.constantFrom('_:n', '_:m') },
)
const triple = fc
  .oneof(
    { weight: 8, arbitrary: fc.tuple(subject, fc.constantFrom(':p', ':q', ':r'), object) },
    { weight: 3, arbitrary: fc.tuple(subject, fc.constant(':n'), fc.constant('?n')) },
    { weight: 2, arbitrary: fc.tuple(subject, fc.constant(':v'), object) },
    { weight: 1, arbitrary: fc.tuple(subject, fc.constant('a'), fc.constantFrom(':A', ':B', '?c')) },
    { weight: 1, arbitrary: fc.tuple(subject, variable, object) },
  )
  .map((parts) => `${parts.join(' ')} .`)

const step = fc.constantFrom(':p', ':q', ':r', '^:p', '^:q')
/** Within closures, which give each pair of nodes once, anything. */
const { inner } = fc.letrec<{ inner: string }>((tie) => ({
  inner: fc.oneof(
    { maxDepth: 2 },
    step,
    fc.tuple(tie('inner'), tie('inner')).map(([left, right]) => `(${left}/${right})`),
    fc.tuple(tie('inner'), tie('inner')).map(([left, right]) => `(${left}|${right})`),
    // The blank tells the comparison that closures nest.
    fc.tuple(tie('inner'), fc.constantFrom('*', '+', '?')).map(([path, sign]) => `((${path})${sign} )`),
    tie('inner').map((path) => `^(${path})`),
    fc.constantFrom('!:p', '!(:p|:q)', '!(:p|^:q)', '!^:r'),
  ),
}))
const closure = fc.tuple(inner, fc.constantFrom('*', '+', '?')).map(([path, sign]) => `(${path})${sign}`)
const path = fc.oneof(
  closure,
  fc.tuple(step, fc.constantFrom('|', '/'), step).map((parts) => parts.join('')),
  fc.tuple(closure, step).map((parts) => parts.join('/')),
  fc.tuple(step, closure).map((parts) => parts.join('/')),
  fc.constantFrom('!:p', '!(:p|:q)', '!^:r'),
)
const pathTriple = fc
  .tuple(subject, path, fc.oneof({ weight: 5, arbitrary: variable }, node))
  .map((parts) => `${parts.join(' ')} .`)

// Expressions

const numeric = fc.oneof(
  fc.constantFrom('?n', '1', '2', '2.5'),
  fc
    .tuple(fc.constantFrom('?n', '1'), fc.constantFrom('+', '-', '*'), fc.constantFrom('?n', '2'))
    .map((parts) => `(${parts.join(' ')})`),
)
const comparison = fc.oneof(
  fc.tuple(variable, fc.constantFrom('=', '!='), fc.oneof(variable, node, literal)).map((parts) => parts.join(' ')),
  fc.tuple(numeric, fc.constantFrom('<', '>', '<=', '>=', '=', '!='), numeric).map((parts) => parts.join(' ')),
  variable.map((name) => `BOUND(${name})`),
  variable.map((name) => `isIRI(${name})`),
  variable.map((name) => `isLiteral(${name})`),
  fc.tuple(variable, node, node).map(([name, one, other]) => `${name} IN (${one}, ${other})`),
  fc.tuple(variable, variable).map(([one, other]) => `sameTerm(${one}, ${other})`),
  fc.tuple(variable, variable, node).map(([one, other, each]) => `COALESCE(${one}, ${other}) = ${each}`),
  fc
    .tuple(variable, variable, variable, node)
    .map((parts) => `IF(BOUND(${parts[0]}), ${parts[1]}, ${parts[2]}) = ${parts[3]}`),
  variable.map((name) => `REGEX(STR(${name}), "[ax]$")`),
  variable.map((name) => `STRLEN(STR(${name})) > 5`),
  variable.map((name) => `LANG(${name}) = "en"`),
  variable.map((name) => `DATATYPE(${name}) = xsd:integer`),
  fc.tuple(variable, variable).map(([one, other]) => `CONTAINS(STR(${one}), STR(${other}))`),
)

interface Grammar {
  group: string
  element: string
  condition: string
}

/** Groups of the whole algebra. `EXISTS` may refer to variables of the outer group. */
const grammar = fc.letrec<Grammar>((tie) => ({
  group: fc
    .array(tie('element'), { minLength: 1, maxLength: 4, depthIdentifier: 'depth' })
    .map((elements) => elements.join(' ')),
  condition: fc.oneof(
    { depthIdentifier: 'depth', maxDepth: 3 },
    { weight: 8, arbitrary: comparison },
    { weight: 1, arbitrary: comparison.map((inner) => `!(${inner})`) },
    {
      weight: 2,
      arbitrary: fc.tuple(comparison, fc.constantFrom('&&', '||'), comparison).map((parts) => `(${parts.join(' ')})`),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom('EXISTS', 'NOT EXISTS'), tie('group'))
        .map(([word, inner]) => `${word} { ${inner} }`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(comparison, fc.constantFrom('&&', '||'), fc.constantFrom('EXISTS', 'NOT EXISTS'), tie('group'))
        .map(([left, sign, word, inner]) => `(${left} ${sign} ${word} { ${inner} })`),
    },
  ),
  element: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'depth' },
    { weight: 12, arbitrary: triple },
    { weight: 3, arbitrary: pathTriple },
    { weight: 4, arbitrary: tie('condition').map((inner) => `FILTER(${inner})`) },
    {
      weight: 2,
      arbitrary: fc.oneof(
        fc
          .tuple(
            variable,
            fc.array(fc.oneof(node, fc.constant(':unknown'), literal, fc.constant('UNDEF')), {
              minLength: 1,
              maxLength: 3,
            }),
          )
          .map(([name, values]) => `VALUES ${name} { ${values.join(' ')} }`),
        fc
          .tuple(
            fc.constantFrom('?a ?b', '?c ?a', '?b ?d'),
            fc.array(
              fc.tuple(
                fc.oneof(node, fc.constantFrom('UNDEF', ':unknown')),
                fc.oneof(node, literal, fc.constant('UNDEF')),
              ),
              {
                minLength: 1,
                maxLength: 3,
              },
            ),
          )
          .map(([names, rows]) => `VALUES (${names}) { ${rows.map((row) => `(${row.join(' ')})`).join(' ')} }`),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.oneof(
        fc.tuple(variable, variable).map(([from, to]) => `BIND(${from} AS ${to})`),
        fc.tuple(numeric, fc.constantFrom('?e', '?n')).map(([from, to]) => `BIND(${from} AS ${to})`),
        fc.tuple(comparison, variable).map(([from, to]) => `BIND((${from}) AS ${to})`),
      ),
    },
    { weight: 5, arbitrary: tie('group').map((inner) => `OPTIONAL { ${inner} }`) },
    { weight: 2, arbitrary: tie('group').map((inner) => `MINUS { ${inner} }`) },
    {
      weight: 2,
      arbitrary: fc.tuple(tie('group'), tie('group')).map(([left, right]) => `{ ${left} } UNION { ${right} }`),
    },
    { weight: 1, arbitrary: tie('group').map((inner) => `{ ${inner} }`) },
    {
      weight: 3,
      arbitrary: fc.oneof(
        fc
          .tuple(fc.constantFrom(':g1', ':g2', ':g3', '?a'), tie('group'))
          .map(([name, group]) => `GRAPH ${name} { ${group} }`),
        fc.tuple(triple, tie('group')).map(([first, group]) => `GRAPH ?g { ${first} ${group} }`),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom('', 'DISTINCT'), variable, variable, tie('group'))
        .map(([word, one, other, inner]) => `{ SELECT ${word} ${one} ${one === other ? '' : other} { ${inner} } }`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('COUNT(*)', 'COUNT(?b)', 'COUNT(DISTINCT ?c)', 'COUNT(DISTINCT *)'),
          variable,
          tie('group'),
        )
        .map(([count, key, inner]) => `{ SELECT ${key} (${count} AS ?k) { ${inner} } GROUP BY ${key} }`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(variable, variable, tie('group'))
        .map(([one, other, inner]) => `{ SELECT DISTINCT ${one} { ${inner} } ORDER BY ${one} ${other} }`),
    },
  ),
}))

// Forms

const from = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc
      .uniqueArray(fc.constantFrom('FROM :g1', 'FROM :g2', 'FROM :g3', 'FROM NAMED :g1', 'FROM NAMED :g2'), {
        minLength: 1,
        maxLength: 3,
      })
      .map((clauses) => clauses.join(' ')),
  },
)

const ALL = ['a', 'b', 'c', 'd', 'n', 'e', 'k', 'g'] as const

const plain: fc.Arbitrary<RandomQuery> = fc
  .record({
    dataset: from,
    where: grammar.group,
    distinct: fc.constantFrom('', '', 'DISTINCT'),
    columns: fc.oneof(
      fc.constant<string[]>([...ALL]),
      fc.uniqueArray(fc.constantFrom<string[]>(...ALL), { minLength: 1, maxLength: 4 }),
    ),
    ordered: fc.boolean(),
    offset: fc.constantFrom(0, 0, 1, 2),
    limit: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  })
  .map(({ dataset, where, distinct, columns, ordered, offset, limit }) => ({
    form: 'select' as const,
    head: `SELECT ${distinct} ${columns.map((name) => `?${name}`).join(' ')}`,
    dataset,
    where,
    grouping: '',
    ordered,
    columns,
    offset,
    ...(limit === undefined ? {} : { limit }),
  }))

const aggregate = fc.constantFrom(
  ['(COUNT(*) AS ?x0)', 'x0'],
  ['(COUNT(DISTINCT *) AS ?x1)', 'x1'],
  ['(COUNT(?b) AS ?x2)', 'x2'],
  ['(COUNT(DISTINCT ?b) AS ?x3)', 'x3'],
  ['(SUM(?n) AS ?x4)', 'x4'],
  ['(SUM(DISTINCT ?n) AS ?x5)', 'x5'],
  ['(AVG(?n) AS ?x6)', 'x6'],
  ['(MIN(?n) AS ?x7)', 'x7'],
  ['(MAX(?n) AS ?x8)', 'x8'],
  ['(SAMPLE(?a) AS ?sample)', 'sample'],
  ['(GROUP_CONCAT(STR(?c); separator=" ") AS ?concat)', 'concat'],
  ['(GROUP_CONCAT(DISTINCT STR(?c); separator=" ") AS ?concat1)', 'concat1'],
  ['(COUNT(?a) + 1 AS ?x9)', 'x9'],
)

const grouped: fc.Arbitrary<RandomQuery> = fc
  .record({
    dataset: from,
    where: fc
      .tuple(grammar.group, fc.constantFrom('', '?a :n ?n .', 'OPTIONAL { ?a :n ?n }'))
      .map((parts) => parts.join(' ')),
    keys: fc.uniqueArray(fc.constantFrom('a', 'b', 'd'), { maxLength: 2 }),
    aggregates: fc.uniqueArray(aggregate, { minLength: 1, maxLength: 3, selector: ([, name]) => name }),
    having: fc.constantFrom('', '', 'HAVING (COUNT(*) > 1)', 'HAVING (SUM(?n) < 5)', 'HAVING (COUNT(?b) != 0)'),
  })
  .map(({ dataset, where, keys, aggregates, having }) => ({
    form: 'select' as const,
    head: `SELECT ${keys.map((name) => `?${name}`).join(' ')} ${aggregates.map(([text]) => text).join(' ')}`,
    dataset,
    where,
    grouping: `${keys.length === 0 ? '' : `GROUP BY ${keys.map((name) => `?${name}`).join(' ')}`} ${having}`,
    ordered: false,
    columns: [...keys, ...aggregates.map(([, name]) => name!)],
    offset: 0,
  }))

/** A boolean is compared as one row of one column. */
const asking: fc.Arbitrary<RandomQuery> = fc.record({ dataset: from, where: grammar.group }).map((parts) => ({
  ...parts,
  form: 'ask',
  head: 'ASK',
  grouping: '',
  ordered: false,
  columns: ['boolean'],
  offset: 0,
}))

/** A graph is compared as its triples; blank nodes of a template would be new in each solution. */
const constructing: fc.Arbitrary<RandomQuery> = fc
  .record({
    dataset: from,
    where: grammar.group,
    template: fc.array(
      fc.tuple(fc.oneof(variable, node), fc.oneof(fc.constantFrom(':p', ':q'), variable), fc.oneof(variable, literal)),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map(({ dataset, where, template }) => ({
    form: 'construct',
    head: `CONSTRUCT { ${template.map((parts) => `${parts.join(' ')} .`).join(' ')} }`,
    dataset,
    where,
    grouping: '',
    ordered: false,
    columns: ['subject', 'predicate', 'object'],
    offset: 0,
  }))

export const randomQuery: fc.Arbitrary<RandomQuery> = fc.oneof(
  { weight: 8, arbitrary: plain },
  { weight: 2, arbitrary: grouped },
  { weight: 1, arbitrary: asking },
  { weight: 1, arbitrary: constructing },
)
