import { HDF5, XSD } from '../../../planner/namespaces.ts'
import { iri, literal, type Quad, quad, type Term } from '../../../planner/term.ts'
import type { About } from '../format.ts'
import { listText, valueLiteral } from './literal.ts'
import { compressionName, typeName } from './numpy.ts'
import type { Hdf5Attribute, Hdf5Node, Layout } from './protocol.ts'

/** Terms of datasets only. */
export const LAYOUT_TERMS = ['rank', 'shape', 'dimension', 'index', 'size', 'type', 'chunks', 'compression'].map(term)
/** Terms of attributes. */
export const ATTRIBUTE_TERMS = ['attribute', 'name', 'value'].map(term)
/** The one term that references themselves carry: it leads to the nodes. */
export const OBJECT: string = term('object')
export const TERMS: readonly string[] = [OBJECT, term('path'), ...LAYOUT_TERMS, ...ATTRIBUTE_TERMS]

function term(name: string): string {
  return HDF5 + name
}

const INTEGER = iri(`${XSD}integer`)
const integer = (value: number): Term => literal(`${BigInt(value)}`, INTEGER)

/** The triples of the asked predicates, for every group and dataset. */
export function nodeTriples(
  nodes: readonly Hdf5Node[],
  about: About,
  predicates: ReadonlySet<string>,
): readonly Quad[] {
  const quads: Quad[] = []
  const add = (subject: string | Term, name: string, object: Term) => {
    if (!predicates.has(term(name))) return
    quads.push(quad((typeof subject === 'string' ? iri(subject) : subject) as Quad['subject'], iri(term(name)), object))
  }
  for (const { path, layout, attributes } of nodes) {
    const node = `${about.object}#${encodeURIComponent(path)}`
    add(about.reference, 'object', iri(node))
    add(node, 'path', literal(path))
    if (layout !== undefined) addLayout(add, node, layout)
    for (const attribute of attributes) addAttribute(add, node, attribute)
  }
  return quads
}

type Add = (subject: string, name: string, object: Term) => void

function addLayout(add: Add, node: string, { type, shape, chunks, filters }: Layout): void {
  add(node, 'type', literal(typeName(type)))
  if (shape !== null) {
    add(node, 'rank', integer(shape.length))
    add(node, 'shape', literal(listText(shape.map((size) => `${BigInt(size)}`))))
    for (const [index, size] of shape.entries()) {
      const dimension = `${node}/dimension/${index}`
      add(node, 'dimension', iri(dimension))
      add(dimension, 'index', integer(index))
      add(dimension, 'size', integer(size))
    }
  }
  if (chunks !== null) add(node, 'chunks', literal(listText(chunks)))
  const compression = compressionName(filters)
  if (compression !== undefined) add(node, 'compression', literal(compression))
}

function addAttribute(add: Add, node: string, { name, type, value }: Hdf5Attribute): void {
  const attribute = `${node}/attribute/${encodeURIComponent(name)}`
  add(node, 'attribute', iri(attribute))
  add(attribute, 'name', literal(name))
  if (value !== undefined) add(attribute, 'value', valueLiteral(type, value))
}
