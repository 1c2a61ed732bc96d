import type { Node } from 'yaml'
import { RDF, XSD } from '../../planner/namespaces.ts'
import { iri } from '../../planner/term.ts'
import {
  type FieldPath,
  INDEX,
  type PredicateObjectMap,
  ROOT,
  type TermMap,
  type View,
  type ViewJoin,
} from '../../planner/views/view.ts'
import { parseIterator, parseReference, parseTemplate } from './template.ts'
import { type YamlText, yamlText } from './yaml-nodes.ts'
import {
  expanded,
  kindOf,
  language,
  type MappingContext,
  type ObjectKind,
  type Reader,
  resourceMap,
  type Source,
  termMap,
  typeOf,
} from './yarrrml-terms.ts'

const TYPE = `${RDF}type`
const PREFIXES: Readonly<Record<string, string>> = {
  rdf: RDF,
  rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
  xsd: XSD,
  owl: 'http://www.w3.org/2002/07/owl#',
}

/**
 * The views of a YARRRML text. Beside the specification: a mapping without sources is over the collection of its own
 * name; `$(@object)` is the IRI of the record as a data reference, `$(@index)` the element's position under an
 * iterator, `$($.name)` a field of the whole record there; literals without datatype have that of the JSON value.
 * @throws PolyprovError `configuration`, naming file, line and column
 */
export function readYarrrml(text: string, context: MappingContext): readonly View[] {
  const yaml = yamlText(text, context.file)
  if (yaml.root === null) return []
  const sections = section(yaml, yaml.root, 'the file', [
    'prefixes',
    'base',
    'sources',
    'mappings',
    'mapping',
    'authors',
    'author',
  ])
  const prefixes = new Map(Object.entries(PREFIXES))
  for (const { key, value } of entriesOf(yaml, sections.get('prefixes'), 'prefixes')) {
    prefixes.set(key, yaml.text(value, `the prefix '${key}'`))
  }
  const base = sections.get('base')
  const sources = new Map(entriesOf(yaml, sections.get('sources'), 'sources').map(({ key, value }) => [key, value]))
  const mappings = sections.get('mappings') ?? sections.get('mapping')
  const reader: Reader = {
    yaml,
    context,
    prefixes,
    sources,
    mappings: new Map(),
    ...(base === undefined ? {} : { base: yaml.text(base, 'base') }),
  }
  const bodies = entriesOf(yaml, mappings, 'mappings').map(({ key, value }) => mappingHead(reader, key, value))
  return bodies.flatMap((body) => body())
}

function entriesOf(yaml: YamlText, node: Node | undefined, what: string) {
  return node === undefined ? [] : yaml.entries(node, what)
}

/** A mapping's members by name; a name that is not known is an error. */
function section(yaml: YamlText, node: Node, what: string, known: readonly string[]): ReadonlyMap<string, Node> {
  const members = new Map<string, Node>()
  for (const { key, value, keyNode } of yaml.entries(node, what)) {
    if (!known.includes(key))
      throw yaml.error(keyNode, `'${key}' is not known in ${what}; there are ${known.join(', ')}`)
    if (members.has(key)) throw yaml.error(keyNode, `'${key}' stands twice in ${what}`)
    members.set(key, value)
  }
  return members
}

const SUBJECT_KEYS = ['s', 'subject', 'subjects']
const PROPERTY_KEYS = ['po', 'predicateobject', 'predicateobjects']
const PREDICATE_KEYS = ['p', 'predicate', 'predicates']
const OBJECT_KEYS = ['o', 'object', 'objects']
const GRAPH_KEYS = ['graph', 'graphs']
const SOURCE_KEYS = ['source', 'sources']

const firstOf = (members: ReadonlyMap<string, Node>, keys: readonly string[]): Node | undefined =>
  keys.map((key) => members.get(key)).find((node) => node !== undefined)

/** Names the views of a mapping; its body is read once all mappings have names. */
function mappingHead(reader: Reader, name: string, node: Node): () => readonly View[] {
  const { yaml } = reader
  const known = [...SUBJECT_KEYS, ...PROPERTY_KEYS, ...GRAPH_KEYS, ...SOURCE_KEYS]
  const members = section(yaml, node, `the mapping '${name}'`, known)
  const source = firstOf(members, SOURCE_KEYS)
  const sources = source === undefined ? [{ collection: name }] : sourcesOf(reader, source)
  const subject = firstOf(members, SUBJECT_KEYS)
  const subjects = subject === undefined ? [undefined] : yaml.items(subject)
  const heads = sources.flatMap((from) => subjects.map((about) => ({ from, about })))
  const names = heads.map((_, index) => (index === 0 ? name : `${name}.${index + 1}`))
  reader.mappings.set(name, { node, views: names })
  return () =>
    heads.map(({ from, about }, index) => {
      const graphs = graphsOf(reader, from, firstOf(members, GRAPH_KEYS))
      const properties = propertiesOf(reader, from, firstOf(members, PROPERTY_KEYS), graphs)
      const isClass = ({ predicate, object, graph }: PredicateObjectMap) =>
        graph === undefined && isType(predicate) && object.kind === 'constant' && object.term.termType === 'NamedNode'
      return {
        name: names[index]!,
        ...from,
        subject:
          about === undefined ? blankSubject(reader, from, name) : resourceMap(reader, from, about, 'the subject'),
        classes: properties.filter(isClass).map(({ object }) => (object as { term: ReturnType<typeof iri> }).term),
        properties: properties.filter((property) => !isClass(property)),
      }
    })
}

const isType = (map: TermMap): boolean => map.kind === 'constant' && map.term.value === TYPE

/** A mapping without a subject: one blank node a record. */
function blankSubject({ context }: Reader, { iterator }: Source, name: string): TermMap {
  const key = [ROOT, ...(context.key ?? ['_id'])]
  return iterator === undefined
    ? { kind: 'template', text: [`${name}.`, ''], fields: [key], termType: 'blank' }
    : { kind: 'template', text: [`${name}.`, '.', ''], fields: [[INDEX], key], termType: 'blank' }
}

/** `[file~kind, iterator]`, a name of `sources`, or `{ access, iterator }`; several as a list. */
function sourcesOf(reader: Reader, node: Node): readonly Source[] {
  const { yaml } = reader
  if (yaml.kind(node) !== 'list') return [sourceOf(reader, node)]
  return yaml.items(node).map((item) => sourceOf(reader, item))
}

function sourceOf(reader: Reader, node: Node): Source {
  const { yaml, sources } = reader
  if (yaml.kind(node) === 'map') {
    const members = section(yaml, node, 'a source', [
      'access',
      'type',
      'referenceFormulation',
      'iterator',
      'query',
      'queryFormulation',
      'credentials',
      'delimiter',
      'encoding',
    ])
    const access = members.get('access')
    const query = members.get('query')
    if (query !== undefined) return querySource(reader, query, members.get('iterator'))
    if (access === undefined) throw yaml.error(node, "a source needs 'access': the name of its collection")
    return source(reader, access, members.get('iterator'))
  }
  if (yaml.kind(node) === 'list') {
    const [access, iterator] = yaml.items(node)
    if (access === undefined) throw yaml.error(node, 'a source is [collection] or [collection, iterator]')
    return source(reader, access, iterator)
  }
  const named = sources.get(yaml.text(node, 'a source'))
  return named === undefined ? source(reader, node, undefined) : sourceOf({ ...reader, sources: new Map() }, named)
}

function source({ yaml }: Reader, access: Node, iterator: Node | undefined): Source {
  const [path = ''] = yaml.text(access, 'a source').split('~')
  const file = path.split('/').at(-1) ?? ''
  const collection = file.replace(/\.(geojson|json|ndjson|jsonl|csv|tsv)$/i, '')
  if (collection === '') throw yaml.error(access, 'the source names no collection')
  return withIterator({ yaml }, { collection }, iterator)
}

/** Rows of a query instead of a table's. */
function querySource({ yaml }: Reader, node: Node, iterator: Node | undefined): Source {
  const collection = yaml
    .text(node, 'a query')
    .replace(/[;\s]+$/, '')
    .trimStart()
  if (collection === '') throw yaml.error(node, 'the query is empty')
  return withIterator({ yaml }, { collection, isQuery: true }, iterator)
}

function withIterator({ yaml }: Pick<Reader, 'yaml'>, from: Source, iterator: Node | undefined): Source {
  if (iterator === undefined) return from
  const steps = parseIterator(yaml.text(iterator, 'an iterator'))
  if (steps === undefined) throw yaml.error(iterator, 'an iterator is a JSONPath such as $.items[*]')
  return steps.length === 0 ? from : { ...from, iterator: steps }
}

function graphsOf(reader: Reader, from: Source, node: Node | undefined): readonly TermMap[] {
  return node === undefined ? [] : reader.yaml.items(node).map((item) => resourceMap(reader, from, item, 'a graph'))
}

function propertiesOf(reader: Reader, from: Source, node: Node | undefined, graphs: readonly TermMap[]) {
  if (node === undefined) return []
  const { yaml } = reader
  const items = yaml.kind(node) === 'list' ? yaml.items(node) : [node]
  return items.flatMap((item) =>
    yaml.kind(item) === 'list' ? shortForm(reader, from, item, graphs) : longForm(reader, from, item, graphs),
  )
}

/** `[predicates, objects, datatype or language]`. */
function shortForm(reader: Reader, from: Source, node: Node, graphs: readonly TermMap[]) {
  const [predicates, objects, kind, more] = reader.yaml.items(node)
  if (predicates === undefined || objects === undefined || more !== undefined) {
    throw reader.yaml.error(node, 'a property is [predicate, object] or [predicate, object, datatype]')
  }
  const given = kind === undefined ? {} : kindOf(reader, kind)
  return combine(reader, from, predicates, reader.yaml.items(objects), given, graphs)
}

function longForm(reader: Reader, from: Source, node: Node, graphs: readonly TermMap[]) {
  const { yaml } = reader
  const members = section(yaml, node, 'a property', [...PREDICATE_KEYS, ...OBJECT_KEYS, ...GRAPH_KEYS])
  const predicates = firstOf(members, PREDICATE_KEYS)
  const objects = firstOf(members, OBJECT_KEYS)
  if (predicates === undefined || objects === undefined) throw yaml.error(node, "a property needs 'p' and 'o'")
  const own = [...graphs, ...graphsOf(reader, from, firstOf(members, GRAPH_KEYS))]
  const items = yaml.items(objects)
  const isOne = yaml.kind(objects) === 'list' && isValueWithKind(reader, items)
  return isOne
    ? combine(reader, from, predicates, [items[0]!], kindOf(reader, items[1]!), own)
    : combine(reader, from, predicates, items, {}, own)
}

/** `o: [$(name), en~lang]`: one object with its language or datatype. */
function isValueWithKind({ yaml, prefixes }: Reader, items: readonly Node[]): boolean {
  const [value, kind, more] = items
  if (value === undefined || kind === undefined || more !== undefined) return false
  if (yaml.kind(value) !== 'scalar' || yaml.kind(kind) !== 'scalar') return false
  const text = yaml.text(kind, 'an object')
  const [prefix, name] = text.split(':')
  return text.endsWith('~lang') || (name !== undefined && prefixes.get(prefix ?? '') === XSD)
}

function combine(
  reader: Reader,
  from: Source,
  predicates: Node,
  objects: readonly Node[],
  kind: ObjectKind,
  graphs: readonly TermMap[],
): readonly PredicateObjectMap[] {
  const found: PredicateObjectMap[] = []
  for (const item of reader.yaml.items(predicates)) {
    const predicate = predicateMap(reader, from, item)
    for (const object of objects) {
      for (const map of objectMaps(reader, from, object, isType(predicate) ? { type: 'iri', ...kind } : kind)) {
        if (graphs.length === 0) found.push({ predicate, object: map })
        for (const graph of graphs) found.push({ predicate, object: map, graph })
      }
    }
  }
  return found
}

function predicateMap(reader: Reader, from: Source, node: Node): TermMap {
  const text = reader.yaml.text(node, 'a predicate')
  return text === 'a' ? { kind: 'constant', term: iri(TYPE) } : resourceMap(reader, from, node, 'a predicate')
}

function objectMaps(reader: Reader, from: Source, node: Node, kind: ObjectKind): readonly (TermMap | ViewJoin)[] {
  const { yaml } = reader
  if (yaml.kind(node) === 'list') {
    const [value, datatype] = yaml.items(node)
    if (value === undefined) throw yaml.error(node, 'an object is [value] or [value, datatype]')
    return [termMap(reader, from, value, datatype === undefined ? kind : kindOf(reader, datatype))]
  }
  if (yaml.kind(node) === 'scalar') return [termMap(reader, from, node, kind)]
  const known = ['mapping', 'condition', 'conditions', 'value', 'type', 'datatype', 'language']
  const members = section(yaml, node, 'an object', known)
  const mapping = members.get('mapping')
  if (mapping !== undefined) return joins(reader, mapping, firstOf(members, ['condition', 'conditions']))
  const value = members.get('value')
  if (value === undefined) throw yaml.error(node, "an object needs 'value' or 'mapping'")
  if (members.has('condition')) throw yaml.error(members.get('condition'), "conditions go with 'mapping' only")
  const datatype = members.get('datatype')
  const tag = members.get('language')
  return [
    termMap(reader, from, value, {
      ...kind,
      ...(members.has('type') ? { type: typeOf(reader, members.get('type')!) } : {}),
      ...(datatype === undefined ? {} : { datatype: expanded(reader, yaml.text(datatype, 'a datatype'), datatype) }),
      ...(tag === undefined ? {} : language(reader, tag, yaml.text(tag, 'a language'))),
    }),
  ]
}

function joins(reader: Reader, mapping: Node, condition: Node | undefined): readonly ViewJoin[] {
  const { yaml } = reader
  const name = yaml.text(mapping, 'a mapping')
  const parent = reader.mappings.get(name)
  if (parent === undefined) throw yaml.error(mapping, `there is no mapping '${name}'`)
  const on = condition === undefined ? [] : yaml.items(condition).map((item) => equality(reader, item))
  return parent.views.map((view) => ({ kind: 'join', view, on }))
}

/** `function: equal` with two parameters: the first is this mapping's, the second the other's, unless `s` and `o` say. */
function equality(reader: Reader, node: Node) {
  const { yaml } = reader
  const members = section(yaml, node, 'a condition', ['function', 'parameters'])
  const name = members.get('function')
  const parameters = members.get('parameters')
  if (name === undefined || parameters === undefined)
    throw yaml.error(node, "a condition needs 'function' and 'parameters'")
  if (!/(^|[:#/])equal$/.test(yaml.text(name, 'a function'))) {
    throw yaml.error(name, `the function '${yaml.text(name, 'a function')}' is not known; a condition is 'equal'`)
  }
  const sides = yaml.items(parameters).map((item) => parameter(reader, item))
  const [first, second, more] = sides
  if (first === undefined || second === undefined || more !== undefined) {
    throw yaml.error(parameters, "'equal' takes two parameters, str1 and str2")
  }
  const swapped = first.side === 'o' || second.side === 's'
  return swapped ? { child: second.field, parent: first.field } : { child: first.field, parent: second.field }
}

function parameter({ yaml }: Reader, node: Node): { readonly field: FieldPath; readonly side: string | undefined } {
  const isMap = yaml.kind(node) === 'map'
  const members = isMap ? section(yaml, node, 'a parameter', ['parameter', 'value', 'from', 'type']) : undefined
  const [, listed, listedSide] = isMap ? [] : yaml.items(node)
  const value = members === undefined ? listed : members.get('value')
  const side = members === undefined ? listedSide : members.get('from')
  if (value === undefined) throw yaml.error(node, 'a parameter is [name, $(field)]')
  const template = parseTemplate(yaml.text(value, 'a parameter'))
  const [reference, more] = template?.references ?? []
  const field = reference === undefined ? undefined : parseReference(reference)
  if (field === undefined || more !== undefined || template?.text.some((text) => text !== '')) {
    throw yaml.error(value, 'a parameter of a condition is one field, $(name)')
  }
  return { field, side: side === undefined ? undefined : yaml.text(side, 'a side').slice(0, 1).replace('subject', 's') }
}
