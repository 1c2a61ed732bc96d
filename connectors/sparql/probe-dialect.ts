import type { Term } from '../../planner/term.ts'
import type { SparqlConfig } from './config.ts'
import { type Dialect, STANDARD } from './dialect.ts'
import { type Found, fromOf, type Probe, type Server } from './probe.ts'
import { termOf } from './rows.ts'
import { isWritable, writeTerm } from './write-term.ts'

/** What is known of servers that name themselves: none of it has to be asked. */
const SERVERS: readonly (readonly [name: RegExp, dialect: Partial<Dialect>])[] = [
  [/^polyprov\b/i, { literals: 'term', strings: 'same', defaultGraph: 'own', values: true }],
  [/virtuoso/i, { literals: 'value', strings: 'distinct' }],
]

/**
 * What the endpoint does otherwise than the standard: what the quirks say, what is known of its server, and for the rest
 * questions about its own data.
 */
export async function probeDialect(config: SparqlConfig, probe: Probe, { method, name }: Server): Promise<Dialect> {
  const from = fromOf(config)
  const select: Select = (pattern) => probe.tried(`SELECT * ${from}WHERE { ${pattern} } LIMIT 1`)
  const known = { ...knownOf(name), ...config.quirks }
  const values = known.values ?? rowsOf(await select('VALUES ?v { 1 }')) === 1
  const blankNodes = known.blankNodes ?? rowsOf(await select(blankNodesOf(config))) !== 0
  return {
    ...STANDARD,
    method,
    values,
    blankNodes,
    keys: known.keys ?? (method === 'GET' ? 20 : STANDARD.keys),
    literals: known.literals ?? ((await findsByValue(select, probe, from)) ? 'value' : 'term'),
    strings: known.strings ?? (values && (await tellsStringsApart(select)) ? 'distinct' : 'same'),
    defaultGraph: known.defaultGraph ?? (await defaultGraphOf(config, select)),
    // Without blank nodes there are no labels: what is safe is as good.
    labels:
      known.labels ?? (blankNodes && (await keepsLabels(probe, from, blankNodesOf(config))) ? 'stable' : 'changing'),
    ...(known.maxRows === undefined ? {} : { maxRows: known.maxRows }),
  }
}

/** Asks for one solution of a pattern. */
type Select = (pattern: string) => Promise<Found | undefined>

const knownOf = (server: string): Partial<Dialect> => SERVERS.find(([name]) => name.test(server))?.[1] ?? {}

const rowsOf = (found: Found | undefined): number | undefined => found?.rows.length

/** Where it cannot tell, it is not believed. */
const tellsStringsApart = async (select: Select): Promise<boolean> =>
  rowsOf(await select('VALUES ?v { "a" } VALUES ?v { "a"^^<http://www.w3.org/2001/XMLSchema#string> }')) !== 1

const defaultGraphOf = async (config: SparqlConfig, select: Select): Promise<Dialect['defaultGraph']> =>
  config.graph === undefined && (await hasUnionAsDefault(select)) ? 'union' : 'own'

/** Whether the default graph has what the named graphs have; what cannot be told is taken for a union, which is safe. */
async function hasUnionAsDefault(select: Select): Promise<boolean> {
  const named = await select('GRAPH ?g { ?s ?p ?o }')
  if (named?.rows.length === 0) return false
  const onlyNamed = await select('GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o }')
  return onlyNamed?.rows.length !== 1
}

/** Whether a string is compared with a number, or a number found by another term of the same value. */
async function findsByValue(select: Select, probe: Probe, from: string): Promise<boolean> {
  if ((rowsOf(await select('VALUES ?v { "a" } FILTER(?v > 0)')) ?? 0) > 0) return true
  const found = await probe.tried(`SELECT * ${from}WHERE { ?s ?p ?o FILTER(isNumeric(?o)) } LIMIT 5`)
  for (const { s, p, o } of found?.rows ?? []) {
    const [subject, predicate, object] = [s, p, o].map((value) => value && termOf(value, ''))
    if (subject === undefined || predicate === undefined || object === undefined || !isWritable(subject)) continue
    const other = otherForm(object)
    const asked = `${writeTerm(subject)} ${writeTerm(predicate)} ${other}`
    const again = await probe.tried(
      `SELECT ?o ${from}WHERE { ${asked} . ${writeTerm(subject)} ${writeTerm(predicate)} ?o }`,
    )
    const isThere = again?.rows.some(({ o: each }) => each !== undefined && writeTerm(termOf(each, '')) === other)
    if (again !== undefined && again.rows.length > 0 && isThere !== true) return true
  }
  return false
}

const otherForm = ({ value }: Term): string => `"${Number(value)}"^^<http://www.w3.org/2001/XMLSchema#float>`

/** What has blank nodes, in the graphs that can be asked. */
function blankNodesOf({ graph }: SparqlConfig): string {
  const triples = graph === undefined ? '{ ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } }' : '?s ?p ?o'
  return `${triples} FILTER(isBlank(?s) || isBlank(?o))`
}

/** Whether the same blank nodes come with the same labels in another answer. */
async function keepsLabels(probe: Probe, from: string, blankNodes: string): Promise<boolean> {
  const query = `SELECT ?s ?o ${from}WHERE { ${blankNodes} } ORDER BY ?p ?o LIMIT 3`
  // Something between the two, so that labels which are counted by answer differ.
  const [one, , other] = [
    await probe.tried(query),
    await probe.tried(`SELECT ?s ?o ${from}WHERE { ${blankNodes} } LIMIT 1`),
    await probe.tried(query),
  ]
  const labels = (found: Found | undefined) => found?.rows.map(({ s, o }) => `${s?.value} ${o?.value}`).join(' ')
  return one !== undefined && one.rows.length > 0 && labels(one) === labels(other)
}
