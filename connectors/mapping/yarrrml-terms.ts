import type { Node } from 'yaml'
import { iri, literal } from '../../planner/term.ts'
import { isAbsoluteIri } from '../../planner/views/encoding.ts'
import { type FieldPath, ROOT, type TermMap } from '../../planner/views/view.ts'
import { parseReference, parseTemplate } from './template.ts'
import type { YamlText } from './yaml-nodes.ts'

/** What a mapping file has to be told of the store it is for. */
export interface MappingContext {
  /** Name of the file, for errors. */
  readonly file: string
  /** What precedes a record's key in the IRI of the object it is: what `$(@object)` begins with. */
  objectPrefix(collection: string): string
  /** The field that is the record's key; `_id` where absent. */
  readonly key?: FieldPath
}

/** A mapping as far as others need it: the views it has become. */
export interface Named {
  readonly node: Node
  readonly views: readonly string[]
}

export interface Reader {
  readonly yaml: YamlText
  readonly context: MappingContext
  readonly prefixes: ReadonlyMap<string, string>
  readonly base?: string
  readonly sources: ReadonlyMap<string, Node>
  readonly mappings: Map<string, Named>
}

export interface Source {
  readonly collection: string
  readonly isQuery?: boolean
  readonly iterator?: FieldPath
}

/** How an object's text is to be read. */
export interface ObjectKind {
  readonly type?: 'iri' | 'literal' | 'blank'
  readonly datatype?: string
  readonly language?: string
}

/** A datatype, or a language as `en~lang`. */
export function kindOf(reader: Reader, node: Node): ObjectKind {
  const text = reader.yaml.text(node, 'a datatype')
  return text.endsWith('~lang') ? language(reader, node, text.slice(0, -5)) : { datatype: expanded(reader, text, node) }
}

export function language({ yaml }: Reader, node: Node, tag: string): ObjectKind {
  if (!/^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$/.test(tag) && !/^[ix]-/i.test(tag)) {
    throw yaml.error(node, `'${tag}' is no language tag (RFC 5646)`)
  }
  return { language: tag }
}

export function typeOf({ yaml }: Reader, node: Node): 'iri' | 'literal' | 'blank' {
  const type = yaml.text(node, 'a type')
  if (type === 'iri' || type === 'literal') return type
  if (type === 'blank' || type === 'blanknode') return 'blank'
  throw yaml.error(node, `'${type}' is no type of a term; there are iri, literal, blank`)
}

export const resourceMap = (reader: Reader, from: Source, node: Node, what: string): TermMap => {
  const map = termMap(reader, from, node, { type: 'iri' })
  const isLiteral = map.kind === 'constant' ? map.term.termType === 'Literal' : map.termType === 'literal'
  if (isLiteral) throw reader.yaml.error(node, `${what} cannot be a literal`)
  return map
}

/** The term map of a text: constant, one field, or a template; `~iri` at its end makes it an IRI. */
export function termMap(reader: Reader, from: Source, node: Node, kind: ObjectKind): TermMap {
  const { yaml } = reader
  const source = yaml.text(node, 'a value')
  const isIri = source.endsWith('~iri')
  const template = parseTemplate(isIri ? source.slice(0, -4) : source)
  if (template === undefined) throw yaml.error(node, `'${source}': a reference is $(name)`)
  const type = isIri ? 'iri' : kind.type
  if (template.references.length === 0) return constant(reader, template.text[0] ?? '', type, kind, node)
  const given = literalKind(kind)
  const termType = type ?? 'literal'
  const paths = template.references.map((reference) => fieldPath(reader, from, reference, node))
  const [head = '', ...rest] = template.text
  if (template.references.includes('@object'))
    return objectMap(reader, from, template.references, paths, template.text, node)
  if (paths.length === 1 && head === '' && rest[0] === '') {
    const base = termType === 'iri' && reader.base !== undefined ? { base: reader.base } : {}
    return { kind: 'field', field: paths[0]!, termType, ...base, ...(termType === 'literal' ? given : {}) }
  }
  const text = termType === 'iri' ? [iriHead(reader, head, node), ...rest] : template.text
  return { kind: 'template', text, fields: paths, termType, ...(termType === 'literal' ? given : {}) }
}

const literalKind = ({ datatype, language: tag }: ObjectKind) => ({
  ...(datatype === undefined ? {} : { datatype }),
  ...(tag === undefined ? {} : { language: tag }),
})

function fieldPath({ yaml, context }: Reader, _from: Source, reference: string, node: Node): FieldPath {
  if (reference === '@object') return [ROOT, ...(context.key ?? ['_id'])]
  const path = parseReference(reference)
  if (path === undefined)
    throw yaml.error(node, `'$(${reference})' is no path of a field, such as $(a.b) or $(items[*].name)`)
  return path
}

/** A template that begins with the IRI of the record as an object of its store. */
function objectMap(
  { yaml, context }: Reader,
  { collection }: Source,
  references: readonly string[],
  fields: readonly FieldPath[],
  text: readonly string[],
  node: Node,
): TermMap {
  if (references.lastIndexOf('@object') !== 0 || text[0] !== '')
    throw yaml.error(node, '$(@object) is an IRI: it has to come first, and once')
  return {
    kind: 'template',
    text: [context.objectPrefix(collection), ...text.slice(1)],
    fields,
    termType: 'iri',
    encoding: 'component',
  }
}

function constant(reader: Reader, text: string, type: ObjectKind['type'], kind: ObjectKind, node: Node): TermMap {
  const isPlain = kind.datatype === undefined && kind.language === undefined
  const [prefix = ''] = text.split(':')
  const isName = type === undefined && isPlain && text.includes(':') && reader.prefixes.has(prefix)
  if (type === 'iri' || isName) return { kind: 'constant', term: iri(expanded(reader, text, node)) }
  if (type === 'blank') throw reader.yaml.error(node, 'a constant blank node is not possible')
  const of = kind.language ?? (kind.datatype === undefined ? undefined : iri(kind.datatype))
  return { kind: 'constant', term: literal(text, of) }
}

/** A prefixed name, a full IRI, or one relative to the base. */
export function expanded(reader: Reader, text: string, node: Node): string {
  const full = iriHead(reader, text, node)
  if (!isAbsoluteIri(full)) throw reader.yaml.error(node, `'${text}' is no IRI`)
  return full
}

/** The text before the first reference of an IRI. */
function iriHead({ yaml, prefixes, base }: Reader, text: string, node: Node): string {
  const at = text.indexOf(':')
  if (at < 0) {
    if (base === undefined) throw yaml.error(node, `'${text}' is a relative IRI, and there is no 'base'`)
    return base + text
  }
  const namespace = prefixes.get(text.slice(0, at))
  if (namespace !== undefined) return namespace + text.slice(at + 1)
  const isKnownScheme =
    text.startsWith('//', at + 1) || /^(urn|mailto|tag|tel|data|doi|info|file)$/i.test(text.slice(0, at))
  if (!isKnownScheme) throw yaml.error(node, `the prefix '${text.slice(0, at)}' is not declared`)
  return text
}
