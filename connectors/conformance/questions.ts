import { RDF, XSD } from '../../planner/namespaces.ts'
import { iri, literal, type NamedNode, type Quad, quad, type Term, termKey } from '../../planner/term.ts'
import { isWritable, writeTerm } from '../sparql/write-term.ts'
import { distinctTerms, inDefaultGraph } from './subject.ts'

/** A query of the kit. Rows are compared as a list where it orders them, else as a multiset. */
export interface Question {
  readonly name: string
  readonly text: string
  readonly ordered?: boolean
}

const NAMESPACE = 'urn:polyprov:conformance:'
const MARK = iri(`${NAMESPACE}mark`)
const HOLDS = iri(`${NAMESPACE}holds`)
const integer = (value: number) => literal(String(value), iri(`${XSD}integer`))

/**
 * Triples of a second store that speak of the first one's terms: numbers of its subjects, and things that hold its
 * objects, of every kind that a query can name.
 */
export function companionQuads(quads: readonly Quad[]): readonly Quad[] {
  const own = inDefaultGraph(quads)
  const subjects = distinctTerms<Term>(own.map(({ subject }) => subject)).filter(isWritable)
  const objects = distinctTerms<Term>(own.map(({ object }) => object)).filter(isWritable)
  return [
    ...subjects.slice(0, 6).map((subject, i) => quad(subject as NamedNode, MARK, integer(i))),
    ...everyKind(objects).map((object, i) => quad(iri(`${NAMESPACE}thing/${i}`), HOLDS, object)),
  ]
}

/** Some terms of each kind and datatype. */
function everyKind(terms: readonly Term[]): readonly Term[] {
  const counts = new Map<string, number>()
  return terms.filter((term) => {
    const kind = term.termType === 'Literal' ? `${term.datatype.value}@${term.language}` : term.termType
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    return count <= 3
  })
}

/** What there is to ask about. */
interface Material {
  readonly predicates: readonly NamedNode[]
  /** Two predicates that subjects have both. */
  readonly star: readonly [string, string]
  /** Two predicates, the objects of the first of which are subjects of the second. */
  readonly chain: readonly [string, string] | undefined
  /** A predicate whose objects are all of one numeric type, each value one term. */
  readonly number: { readonly predicate: string; readonly middle: string } | undefined
  readonly text: { readonly predicate: string; readonly part: string } | undefined
  readonly subjects: readonly Term[]
  readonly types: readonly string[]
}

function materialOf(quads: readonly Quad[]): Material | undefined {
  const own = inDefaultGraph(quads).filter(({ predicate }) => isWritable(predicate))
  const predicates = distinctTerms(own.map(({ predicate }) => predicate))
  const keysOf = (predicate: NamedNode, position: 'subject' | 'object') =>
    new Set(own.filter((each) => each.predicate.equals(predicate)).map((each) => termKey(each[position])))
  const pairs = predicates.flatMap((one) => predicates.filter((other) => other !== one).map((other) => [one, other]))
  const best = (position: 'subject' | 'object') =>
    pairs
      .map(([one, other]) => {
        const others = keysOf(other!, 'subject')
        return { one: one!, other: other!, size: [...keysOf(one!, position)].filter((key) => others.has(key)).length }
      })
      .filter(({ size }) => size > 0)
      .sort((a, b) => b.size - a.size)[0]
  const star = best('subject')
  if (star === undefined) return undefined
  const chain = best('object')
  return {
    predicates,
    star: [writeTerm(star.one), writeTerm(star.other)],
    chain: chain && [writeTerm(chain.one), writeTerm(chain.other)],
    number: numberOf(own, predicates),
    text: textOf(own),
    subjects: distinctTerms<Term>(own.map(({ subject }) => subject)).filter(isWritable),
    types: distinctTerms<Term>(
      own.filter(({ predicate }) => predicate.value === `${RDF}type`).map(({ object }) => object),
    )
      .filter(isWritable)
      .map(writeTerm),
  }
}

const NUMERIC = new Set(['integer', 'decimal', 'double'].map((name) => XSD + name))

function numberOf(quads: readonly Quad[], predicates: readonly NamedNode[]): Material['number'] {
  for (const predicate of predicates) {
    const objects = quads.filter((each) => each.predicate.equals(predicate)).map(({ object }) => object)
    const types = new Set(objects.map((object) => (object.termType === 'Literal' ? object.datatype.value : '')))
    const sorted = [...new Set(objects.map(({ value }) => Number(value)))].sort((a, b) => a - b)
    // Of two terms of one value either may be the least.
    const isOneEach = sorted.length === distinctTerms(objects).length
    if (types.size !== 1 || !NUMERIC.has([...types][0]!) || sorted.length < 2 || !isOneEach) continue
    return { predicate: writeTerm(predicate), middle: String(sorted[sorted.length >> 1]) }
  }
  return undefined
}

function textOf(quads: readonly Quad[]): Material['text'] {
  const found = quads.find(({ object }) => {
    const isString = object.termType === 'Literal' && object.datatype.value === `${XSD}string`
    return isString && isWritable(object) && object.value.length > 1
  })
  return found && { predicate: writeTerm(found.predicate), part: writeTerm(literal([...found.object.value][0]!)) }
}

const question = (name: string, where: string): Question => ({ name, text: `SELECT * { ${where} }` })

/** Queries over the data of one store, of every operator that a store may take. */
function withinOneStore(material: Material, hasHidden: boolean): readonly Question[] {
  const { predicates, number, text, chain, subjects, types } = material
  const [p, q] = material.star
  const several = subjects.slice(0, 3).map(writeTerm).join(' ')
  return [
    ...(hasHidden ? [] : [question('everything', '?s ?p ?o')]),
    ...predicates.slice(0, 4).map((each) => question(`a pattern on ${each.value}`, `?s ${writeTerm(each)} ?v`)),
    question('a star', `?s ${p} ?v ; ${q} ?w`),
    question('OPTIONAL', `?s ${p} ?v OPTIONAL { ?s ${q} ?w }`),
    question('OPTIONAL with a condition', `?s ${p} ?v OPTIONAL { ?s ${q} ?w FILTER(isLiteral(?w)) }`),
    question('OPTIONAL first', `OPTIONAL { ?s ${p} ?v } OPTIONAL { ?s ${q} ?w }`),
    question('UNION', `{ ?s ${p} ?v } UNION { ?s ${q} ?v }`),
    question('UNION of other variables', `{ ?s ${p} ?v } UNION { ?s ${q} ?w } FILTER(BOUND(?v))`),
    question('MINUS', `?s ${p} ?v MINUS { ?s ${q} ?w FILTER(isIRI(?w)) }`),
    question('NOT EXISTS', `?s ${p} ?v FILTER NOT EXISTS { ?s ${q} ?w FILTER(isIRI(?w)) }`),
    question('EXISTS', `?s ${p} ?v FILTER EXISTS { ?s ${q} ?v }`),
    question('EXISTS or a condition', `?s ${p} ?v FILTER(isIRI(?v) || EXISTS { ?s ${q} ?w })`),
    question('VALUES', `VALUES ?s { ${several} <${NAMESPACE}nothing> } ?s ${p} ?v`),
    question('VALUES with UNDEF', `VALUES (?s ?x) { (${writeTerm(subjects[0]!)} 1) (UNDEF 2) } ?s ${p} ?v`),
    question('BIND', `?s ${p} ?v BIND(STR(?s) AS ?text) FILTER(STRLEN(?text) > 3)`),
    question('an alternative path', `?s ${p}|${q} ?v`),
    question('a path of any length', `?s (${p}|${q})* ?v . VALUES ?s { ${several} }`),
    question('a path of one step or more', `?s ${chain?.[0] ?? p}+ ?v`),
    question('a path back and forth', `?s ${p}/^${p} ?t`),
    ...(hasHidden ? [] : [question('a negated path', `?s !(${q}) ?v . ?s ${p} ?w`)]),
    question('DISTINCT', `{ SELECT DISTINCT ?s { ?s ${p} ?v ; ${q} ?w } } ?s ${p} ?v`),
    question('a count of groups', `{ SELECT ?v (COUNT(*) AS ?n) { ?s ${p} ?v } GROUP BY ?v } ?s ${p} ?v`),
    question('HAVING', `{ SELECT ?s (COUNT(DISTINCT ?v) AS ?n) { ?s ${p}|${q} ?v } GROUP BY ?s HAVING(?n > 1) }`),
    question('a count of nothing', `{ SELECT (COUNT(?v) AS ?n) { ?s ${p} ?v FILTER(?v = <${NAMESPACE}nothing>) } }`),
    question('a LIMIT of any rows', `{ SELECT (COUNT(*) AS ?n) { { SELECT ?s { ?s ${p} ?v } LIMIT 2 } } }`),
    question('an OFFSET of any rows', `{ SELECT (COUNT(*) AS ?n) { { SELECT ?s { ?s ${p} ?v } OFFSET 1 LIMIT 2 } } }`),
    { name: 'top k', text: `SELECT DISTINCT ?s { ?s ${p} ?v } ORDER BY DESC(?s) LIMIT 2`, ordered: true },
    { name: 'an order', text: `SELECT ?s ?v { ?s ${p} ?v } ORDER BY ?s STR(?v) OFFSET 1`, ordered: true },
    question('graphs', `GRAPH ?g { ?s ?p ?o }`),
    question('a graph beside the default one', `GRAPH ?g { ?s ${p} ?v } OPTIONAL { ?s ${q} ?w }`),
    ...types.slice(0, 1).map((type) => question('a class', `?s a ${type} OPTIONAL { ?s ${p} ?v }`)),
    ...(chain === undefined ? [] : chains(chain)),
    ...(number === undefined ? [] : numbers(number)),
    ...(text === undefined ? [] : texts(text)),
  ]
}

const chains = ([one, other]: readonly [string, string]): readonly Question[] => [
  question('a chain', `?s ${one} ?t . ?t ${other} ?v`),
  question('a chain that may end', `?s ${one} ?t OPTIONAL { ?t ${other} ?v }`),
  question('a sequence path', `?s ${one}/${other} ?v`),
]

const numbers = ({ predicate, middle }: NonNullable<Material['number']>): readonly Question[] => [
  question('a comparison', `?s ${predicate} ?n FILTER(?n >= ${middle})`),
  question('a comparison that is negated', `?s ${predicate} ?n FILTER(!(?n < ${middle}) && ?n != 0)`),
  question('arithmetic', `?s ${predicate} ?n FILTER(?n * 2 > ${middle} + 1)`),
  question('sums', `{ SELECT (MIN(?n) AS ?least) (MAX(?n) AS ?most) (COUNT(?n) AS ?k) { ?s ${predicate} ?n } }`),
  {
    name: 'top k of numbers',
    text: `SELECT DISTINCT ?n { ?s ${predicate} ?n } ORDER BY DESC(?n) LIMIT 2`,
    ordered: true,
  },
]

const texts = ({ predicate, part }: NonNullable<Material['text']>): readonly Question[] => [
  question('a part of a text', `?s ${predicate} ?t FILTER(CONTAINS(STR(?t), ${part}))`),
  question('a beginning', `?s ${predicate} ?t FILTER(STRSTARTS(?t, ${part}) || LANG(?t) = "en")`),
  question('a length', `?s ${predicate} ?t FILTER(STRLEN(STR(?t)) > 1)`),
]

/** Queries over the store and its companion together. */
function acrossStores({ predicates, star: [p, q] }: Material): readonly Question[] {
  const [mark, holds] = [writeTerm(MARK), writeTerm(HOLDS)]
  return [
    ...predicates
      .slice(0, 6)
      .map((each) => question(`keys of ${each.value}`, `?t ${holds} ?v . ?s ${writeTerm(each)} ?v`)),
    question('a join by subjects', `?s ${mark} ?k ; ${p} ?v ; ${q} ?w`),
    question('a join by a few subjects', `?s ${mark} ?k FILTER(?k < 2) ?s ${p} ?v OPTIONAL { ?s ${q} ?w }`),
    question('OPTIONAL of the other store', `?s ${p} ?v OPTIONAL { ?s ${mark} ?k FILTER(?k > 1) }`),
    question('OPTIONAL within OPTIONAL', `?s ${mark} ?k OPTIONAL { ?s ${p} ?v OPTIONAL { ?t ${holds} ?v } }`),
    question('UNION of two stores', `{ ?s ${p} ?v } UNION { ?s ${holds} ?v }`),
    question('UNION of two stores, joined', `{ ?s ${p} ?v } UNION { ?s ${q} ?v } ?t ${holds} ?v`),
    question('MINUS of the other store', `?s ${p} ?v MINUS { ?s ${mark} ?k FILTER(?k < 2) }`),
    question('MINUS of this store', `?s ${mark} ?k MINUS { ?s ${p} ?v ; ${q} ?v }`),
    question('NOT EXISTS in the other store', `?s ${p} ?v FILTER NOT EXISTS { ?s ${mark} ?k FILTER(?k < 2) }`),
    question('EXISTS in both', `?s ${mark} ?k FILTER EXISTS { ?s ${p} ?v . ?t ${holds} ?v }`),
    question('a condition on both', `?s ${mark} ?k ; ${p} ?v FILTER(isIRI(?v) || ?k > 1)`),
    question('VALUES over both', `VALUES ?k { 0 1 77 } ?s ${mark} ?k ; ${p} ?v`),
    question('a path through both', `?t ${holds}/^${p} ?s . ?s ${mark} ?k`),
    question('a closure through both', `?t (${holds}|^${p})+ ?s`),
    question('groups of both', `{ SELECT ?s (COUNT(?v) AS ?n) { ?s ${mark} ?k OPTIONAL { ?s ${p} ?v } } GROUP BY ?s }`),
    question('groups within', `?s ${mark} ?k { SELECT ?s (COUNT(*) AS ?n) { ?s ${p} ?v } GROUP BY ?s }`),
    question(
      'an aggregate of all',
      `{ SELECT (SUM(?k) AS ?sum) (COUNT(DISTINCT ?v) AS ?n) { ?s ${mark} ?k ; ${p} ?v } }`,
    ),
    {
      name: 'top k of both',
      text: `SELECT DISTINCT ?s ?k { ?s ${mark} ?k ; ${p} ?v } ORDER BY DESC(?k) LIMIT 2`,
      ordered: true,
    },
  ]
}

/** Every question that the data of a store gives rise to; `hidden`: patterns with a variable predicate do not see all. */
export function questionsOf(quads: readonly Quad[], hidden: boolean): readonly Question[] {
  const material = materialOf(quads)
  return material === undefined ? [] : [...withinOneStore(material, hidden), ...acrossStores(material)]
}

/** Queries about data references, by predicates of what they lead to. */
export function questionsOfReferences(quads: readonly Quad[], predicates: readonly NamedNode[]): readonly Question[] {
  const [p, q = p] = predicates.map(writeTerm)
  if (p === undefined || q === undefined) return []
  const mark = writeTerm(MARK)
  const nested = chainFrom(quads, predicates)
  return [
    question('references', `?r ${mark} ?k ; ${p} ?v`),
    question('a star of a reference', `?r ${mark} ?k ; ${p} ?v ; ${q} ?w`),
    question('OPTIONAL of a reference', `?r ${mark} ?k OPTIONAL { ?r ${p} ?v } OPTIONAL { ?r ${q} ?w }`),
    question('one reference', `?r ${mark} 1 ; ${p} ?v`),
    question('a condition on a reference', `?r ${mark} ?k ; ${p} ?v FILTER(isLiteral(?v) && ?k > 0)`),
    question('UNION of references', `?r ${mark} ?k { ?r ${p} ?v } UNION { ?r ${q} ?v }`),
    question('NOT EXISTS of a reference', `?r ${mark} ?k FILTER NOT EXISTS { ?r ${p} ?v FILTER(isIRI(?v)) }`),
    question('groups of references', `{ SELECT ?v (COUNT(*) AS ?n) { ?r ${mark} ?k ; ${p} ?v } GROUP BY ?v }`),
    ...everyKind(distinctTerms<Term>(objectsOf(quads, predicates)).filter(isWritable)).map((object, i) =>
      question(
        `references by value ${i}`,
        `?r ${mark} ?k ; ${predicateOf(quads, predicates, object)} ${writeTerm(object)}`,
      ),
    ),
    ...(nested === undefined
      ? []
      : [
          question('nodes of a reference', `?r ${mark} ?k ; ${nested[0]} ?h . ?h ${nested[1]} ?v`),
          question(
            'OPTIONAL nodes',
            `?r ${mark} ?k OPTIONAL { ?r ${nested[0]} ?h . ?h ${nested[1]} ?v FILTER(?k > 0) }`,
          ),
        ]),
  ]
}

const objectsOf = (quads: readonly Quad[], predicates: readonly NamedNode[]): readonly Term[] =>
  inDefaultGraph(quads)
    .filter(({ predicate }) => predicates.some((each) => each.equals(predicate)))
    .map(({ object }) => object)

const predicateOf = (quads: readonly Quad[], predicates: readonly NamedNode[], object: Term): string =>
  writeTerm(
    quads.find((each) => each.object.equals(object) && predicates.some((one) => one.equals(each.predicate)))!.predicate,
  )

function chainFrom(quads: readonly Quad[], predicates: readonly NamedNode[]): readonly [string, string] | undefined {
  const bySubject = new Map(quads.map((each) => [termKey(each.subject), each.predicate]))
  for (const { predicate, object } of inDefaultGraph(quads)) {
    const next = bySubject.get(termKey(object))
    const isKnown = predicates.some((each) => each.equals(predicate))
    if (isKnown && next !== undefined) return [writeTerm(predicate), writeTerm(next)]
  }
  return undefined
}

/** The provenance of references, with numbers to ask for them by. */
export function referenceQuads(
  references: readonly { readonly locator: string }[],
  store: { readonly storedIn: NamedNode; readonly value: NamedNode; readonly iri: NamedNode },
): readonly Quad[] {
  return references.flatMap(({ locator }, i) => {
    const reference = referenceAt(i)
    return [
      quad(reference, MARK, integer(i)),
      quad(reference, store.storedIn, store.iri),
      quad(reference, store.value, literal(locator)),
    ]
  })
}

export const referenceAt = (index: number): NamedNode => iri(`${NAMESPACE}reference/${index}`)
