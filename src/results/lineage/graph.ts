import { PL, PROV, PROVML, RDF } from '../../../planner/namespaces.ts'
import { type Quad, type Term, termKey } from '../../../planner/term.ts'

type NodeKind = 'entity' | 'activity' | 'agent'

export interface LineageNode {
  readonly key: string
  readonly term: Quad['subject']
  kind: NodeKind
  /** Statements about it that are no relation to another node. */
  readonly attributes: Quad[]
}

export interface LineageEdge {
  readonly relation: Relation
  readonly from: LineageNode
  readonly to: LineageNode
}

export interface LineageGraph {
  readonly nodes: readonly LineageNode[]
  readonly edges: readonly LineageEdge[]
}

interface Ends {
  readonly from: NodeKind
  readonly to: NodeKind
}

/** Relations of PROV-O between two nodes, and what stands at their ends (PROV-O, section 3). */
export const RELATIONS = {
  used: { from: 'activity', to: 'entity' },
  wasGeneratedBy: { from: 'entity', to: 'activity' },
  wasDerivedFrom: { from: 'entity', to: 'entity' },
  wasInformedBy: { from: 'activity', to: 'activity' },
  wasAssociatedWith: { from: 'activity', to: 'agent' },
  wasAttributedTo: { from: 'entity', to: 'agent' },
  actedOnBehalfOf: { from: 'agent', to: 'agent' },
  specializationOf: { from: 'entity', to: 'entity' },
  alternateOf: { from: 'entity', to: 'entity' },
  hadMember: { from: 'entity', to: 'entity' },
} as const satisfies Record<string, Ends>

export type Relation = keyof typeof RELATIONS

const CLASSES: Readonly<Record<string, NodeKind>> = {
  [`${PROV}Entity`]: 'entity',
  [`${PROV}Activity`]: 'activity',
  [`${PROV}Agent`]: 'agent',
  [`${PROV}Person`]: 'agent',
  [`${PROV}SoftwareAgent`]: 'agent',
  [`${PROV}Organization`]: 'agent',
}

function relationOf({ predicate, object }: Quad): Relation | undefined {
  if (object.termType === 'Literal' || !predicate.value.startsWith(PROV)) return undefined
  const name = predicate.value.slice(PROV.length)
  return Object.hasOwn(RELATIONS, name) ? (name as Relation) : undefined
}

/** Triples as the nodes and relations of PROV; a node's kind is its class, else what its relations make of it. */
export function lineageGraph(quads: readonly Quad[]): LineageGraph {
  const nodes = new Map<string, LineageNode>()
  const node = (term: Quad['subject'], kind?: NodeKind): LineageNode => {
    const key = termKey(term)
    const known = nodes.get(key)
    if (known !== undefined) return known
    const made: LineageNode = { key, term, kind: kind ?? 'entity', attributes: [] }
    nodes.set(key, made)
    return made
  }
  const edges = quads.flatMap((quad): readonly LineageEdge[] => {
    const relation = relationOf(quad)
    if (relation === undefined) return []
    const { from, to } = RELATIONS[relation]
    return [{ relation, from: node(quad.subject, from), to: node(quad.object as Quad['subject'], to) }]
  })
  for (const quad of quads) {
    if (relationOf(quad) !== undefined) continue
    const subject = node(quad.subject)
    subject.attributes.push(quad)
    if (quad.predicate.value === `${RDF}type`) subject.kind = CLASSES[quad.object.value] ?? subject.kind
  }
  return { nodes: [...nodes.values()], edges }
}

const lastPart = (text: string): string => {
  const part = /[^/#:]+[/#:]?$/.exec(text)?.[0] ?? text
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const attribute = (node: LineageNode, predicate: string): Term | undefined =>
  node.attributes.find((quad) => quad.predicate.value === predicate)?.object

/** What people call the node: its value and name where it has them, else the end of its IRI. */
export function nodeLabel(node: LineageNode): string {
  const label = attribute(node, 'http://www.w3.org/2000/01/rdf-schema#label')?.value
  const name = attribute(node, `${PL}attributeName`)?.value
  const value = attribute(node, `${PL}value`)?.value
  if (label !== undefined) return label
  if (value !== undefined) return name === undefined ? value : `${name} = ${value}`
  return node.term.termType === 'BlankNode' ? `_:${node.term.value}` : lastPart(node.term.value)
}

/** The most telling class of the node, shortened; PROV's own are told by its shape. */
export function nodeClass(node: LineageNode): string | undefined {
  const types = node.attributes.filter((quad) => quad.predicate.value === `${RDF}type`).map((quad) => quad.object.value)
  const own = types.find((type) => type.startsWith(PROVML)) ?? types.find((type) => !type.startsWith(PROV))
  return own === undefined ? undefined : lastPart(own)
}
