import { PROV, RDF, XSD } from '../../../planner/namespaces.ts'
import type { Quad, Term } from '../../../planner/term.ts'
import { WELL_KNOWN_PREFIXES } from '../prefixes.ts'
import { type LineageNode, lineageGraph, RELATIONS, type Relation } from './graph.ts'

/** Names of a relation's ends in PROV-JSON (section 3). */
const ENDS: Readonly<Record<Relation, readonly [string, string]>> = {
  used: ['prov:activity', 'prov:entity'],
  wasGeneratedBy: ['prov:entity', 'prov:activity'],
  wasDerivedFrom: ['prov:generatedEntity', 'prov:usedEntity'],
  wasInformedBy: ['prov:informed', 'prov:informant'],
  wasAssociatedWith: ['prov:activity', 'prov:agent'],
  wasAttributedTo: ['prov:entity', 'prov:agent'],
  actedOnBehalfOf: ['prov:delegate', 'prov:responsible'],
  specializationOf: ['prov:specificEntity', 'prov:generalEntity'],
  alternateOf: ['prov:alternate1', 'prov:alternate2'],
  hadMember: ['prov:collection', 'prov:entity'],
}

/** Qualified names, and the prefixes that they turn out to need. */
function namer(): { name(iri: string): string; readonly prefixes: Record<string, string> } {
  const prefixes: Record<string, string> = { prov: PROV, xsd: XSD }
  const known = Object.entries(WELL_KNOWN_PREFIXES)
  const minted = new Map<string, string>()
  const name = (iri: string): string => {
    const own = known.find(([, namespace]) => iri.startsWith(namespace) && iri.length > namespace.length)
    if (own !== undefined) {
      prefixes[own[0]] = own[1]
      return `${own[0]}:${iri.slice(own[1].length)}`
    }
    const end = Math.max(iri.lastIndexOf('/', iri.length - 2), iri.lastIndexOf('#'), iri.lastIndexOf(':')) + 1
    const namespace = iri.slice(0, end)
    const prefix = minted.get(namespace) ?? `ns${minted.size + 1}`
    minted.set(namespace, prefix)
    prefixes[prefix] = namespace
    return `${prefix}:${iri.slice(end)}`
  }
  return { name, prefixes }
}

type JsonValue = string | { readonly $: string; readonly type?: string; readonly lang?: string }

function value(term: Term, name: (iri: string) => string): JsonValue {
  if (term.termType === 'NamedNode') return { $: name(term.value), type: 'prov:QUALIFIED_NAME' }
  if (term.termType === 'BlankNode') return `_:${term.value}`
  if (term.language !== '') return { $: term.value, lang: term.language }
  return term.datatype.value === `${XSD}string` ? term.value : { $: term.value, type: name(term.datatype.value) }
}

/** The attribute's name: PROV-JSON has names of its own for two of PROV-O's terms. */
function attributeName({ predicate }: Quad, name: (iri: string) => string): string {
  switch (predicate.value) {
    case `${RDF}type`:
      return 'prov:type'
    case `${PROV}startedAtTime`:
      return 'prov:startTime'
    case `${PROV}endedAtTime`:
      return 'prov:endTime'
    default:
      return name(predicate.value)
  }
}

function attributes(node: LineageNode, name: (iri: string) => string): Record<string, JsonValue | JsonValue[]> {
  const members: Record<string, JsonValue | JsonValue[]> = {}
  for (const quad of node.attributes) {
    const key = attributeName(quad, name)
    // The two times are plain strings there, and stand once.
    const text = key === 'prov:startTime' || key === 'prov:endTime' ? quad.object.value : value(quad.object, name)
    const before = members[key]
    if (before === undefined) members[key] = text
    else if (Array.isArray(before)) before.push(text)
    else members[key] = [before, text]
  }
  return members
}

/** The provenance as a PROV-JSON document (W3C member submission of 2013-04-24). */
export function lineageToProvJson(quads: readonly Quad[]): Record<string, unknown> {
  const { nodes, edges } = lineageGraph(quads)
  const { name, prefixes } = namer()
  const identifier = ({ term }: LineageNode): string =>
    term.termType === 'BlankNode' ? `_:${term.value}` : name(term.value)
  const document: Record<string, Record<string, unknown>> = {}
  const section = (title: string): Record<string, unknown> => (document[title] ??= {})
  for (const node of nodes) section(node.kind)[identifier(node)] = attributes(node, name)
  for (const relation of Object.keys(RELATIONS) as Relation[]) {
    const [from, to] = ENDS[relation]
    edges
      .filter((edge) => edge.relation === relation)
      .forEach((edge, index) => {
        section(relation)[`_:${relation}${index + 1}`] = { [from]: identifier(edge.from), [to]: identifier(edge.to) }
      })
  }
  return { prefix: prefixes, ...document }
}
