import { GEO, HDF5, MLS, PL, PROV, PROVML, RDFS, SEGY, XSD } from '../../planner/namespaces.ts'
import { iri, type NamedNode } from '../../planner/term.ts'
import { HDF5_TERMS } from './terms/hdf5.ts'
import { PROVLAKE_TERMS } from './terms/provlake.ts'
import { PROVML_TERMS } from './terms/provml.ts'
import { SEGY_TERMS } from './terms/segy.ts'
import type { TermDefinition, TermTable } from './terms/term.ts'

/** A vocabulary that polyprov publishes, by the prefix it is written with. */
export interface Vocabulary {
  readonly namespace: string
  readonly title: string
  readonly terms: TermTable
}

/** The one table of every term that polyprov publishes. */
export const VOCABULARIES = {
  provml: { namespace: PROVML, title: 'PROV-ML: provenance of machine learning', terms: PROVML_TERMS },
  pl: { namespace: PL, title: 'ProvLake: provenance of workflows over many data stores', terms: PROVLAKE_TERMS },
  segy: { namespace: SEGY, title: 'Headers of SEG-Y files', terms: SEGY_TERMS },
  hdf5: { namespace: HDF5, title: 'Groups, datasets and attributes of HDF5 files', terms: HDF5_TERMS },
} as const satisfies Record<string, Vocabulary>

export type VocabularyPrefix = keyof typeof VOCABULARIES

type Constants<Table> = { readonly [Name in keyof Table]: NamedNode }

function constants<const Table extends TermTable>(namespace: string, terms: Table): Constants<Table> {
  const nodes = Object.keys(terms).map((name) => [name, iri(namespace + name)])
  return Object.fromEntries(nodes) as Constants<Table>
}

/** Terms of `provml:` as nodes. */
export const provml = constants(PROVML, PROVML_TERMS)
/** Terms of `pl:` as nodes. */
export const pl = constants(PL, PROVLAKE_TERMS)

const PROV_NAMES = [
  'Activity',
  'Agent',
  'Entity',
  'Plan',
  'used',
  'wasGeneratedBy',
  'wasDerivedFrom',
  'wasInformedBy',
  'wasAssociatedWith',
  'startedAtTime',
  'endedAtTime',
] as const

/** The terms of PROV-O that capture writes, as nodes. */
export const prov = Object.fromEntries(PROV_NAMES.map((name) => [name, iri(PROV + name)])) as {
  readonly [Name in (typeof PROV_NAMES)[number]]: NamedNode
}

const OWL = 'http://www.w3.org/2002/07/owl#'

/** Prefixes of every vocabulary that the published ones mention, by prefix. */
const PREFIXES: Readonly<Record<string, string>> = {
  provml: PROVML,
  pl: PL,
  segy: SEGY,
  hdf5: HDF5,
  prov: PROV,
  mls: MLS,
  geo: GEO,
  owl: OWL,
  rdfs: RDFS,
  xsd: XSD,
}

const KIND_CLASSES: Readonly<Record<TermDefinition['kind'], string | undefined>> = {
  class: 'owl:Class',
  'object property': 'owl:ObjectProperty',
  'datatype property': 'owl:DatatypeProperty',
  individual: undefined,
}

const label = (name: string, term: TermDefinition): string =>
  term.label ?? name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase()

function termTurtle(prefix: string, name: string, term: TermDefinition): string {
  const kind = KIND_CLASSES[term.kind]
  const parents = term.parents ?? []
  const above = kind === undefined ? [] : parents
  const types = kind === undefined ? parents : [kind]
  const parentProperty = term.kind === 'class' ? 'rdfs:subClassOf' : 'rdfs:subPropertyOf'
  const statements = [
    `a ${types.join(', ')}`,
    `rdfs:label ${JSON.stringify(label(name, term))}@en`,
    `rdfs:comment ${JSON.stringify(term.comment)}@en`,
    ...(above.length > 0 ? [`${parentProperty} ${above.join(', ')}`] : []),
    ...(term.domain === undefined ? [] : [`rdfs:domain ${term.domain}`]),
    ...(term.range === undefined ? [] : [`rdfs:range ${term.range}`]),
    `rdfs:isDefinedBy <${PREFIXES[prefix]?.replace(/#$/, '')}>`,
  ]
  return `${prefix}:${name} ${statements.join(' ;\n  ')} .\n`
}

/** The vocabulary as an ontology in Turtle: what is served at `/ns/…` and shipped as `provml.ttl`, `provlake.ttl`. */
export function vocabularyTurtle(prefix: VocabularyPrefix): string {
  const { namespace, title, terms }: Vocabulary = VOCABULARIES[prefix]
  const prefixes = Object.entries(PREFIXES).map(([name, value]) => `@prefix ${name}: <${value}> .\n`)
  const ontology = `<${namespace.replace(/#$/, '')}> a owl:Ontology ;\n  rdfs:label ${JSON.stringify(title)}@en .\n`
  const body = Object.entries(terms).map(([name, term]) => termTurtle(prefix, name, term))
  return [prefixes.join(''), ontology, ...body].join('\n')
}
