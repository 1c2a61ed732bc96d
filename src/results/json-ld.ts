import { RDF, XSD } from '../../planner/namespaces.ts'
import { type Quad, type Term, termKey } from '../../planner/term.ts'
import { blankLabel, cached } from './cells.ts'
import type { QuadsExecution } from './execution.ts'

/** Values gathered for one node object before it is written, whatever its subject. */
const NODE_LIMIT = 10_000

const id = (term: Exclude<Term, { termType: 'Literal' }>): string =>
  JSON.stringify(term.termType === 'NamedNode' ? term.value : `_:${blankLabel(term.value)}`)

function value(term: Term): string {
  if (term.termType !== 'Literal') return `{"@id":${id(term)}}`
  const text = JSON.stringify(term.value)
  if (term.language !== '') return `{"@value":${text},"@language":${JSON.stringify(term.language)}}`
  return term.datatype.value === `${XSD}string`
    ? `{"@value":${text}}`
    : `{"@value":${text},"@type":${JSON.stringify(term.datatype.value)}}`
}

interface Node {
  readonly key: string
  readonly first: Quad
  readonly members: Map<string, string[]>
  size: number
}

function open(quad: Quad, key: string): Node {
  return { key, first: quad, members: new Map(), size: 0 }
}

function add(node: Node, quad: Quad, encode: (term: Term) => string): void {
  const isType = quad.predicate.value === `${RDF}type` && quad.object.termType !== 'Literal'
  const member = isType ? '@type' : quad.predicate.value
  const text = isType ? id(quad.object as Exclude<Term, { termType: 'Literal' }>) : encode(quad.object)
  const values = node.members.get(member)
  if (values === undefined) node.members.set(member, [text])
  else values.push(text)
  node.size++
}

function close(node: Node): string {
  let text = `{"@id":${id(node.first.subject)}`
  for (const [member, values] of node.members) text += `,${JSON.stringify(member)}:[${values.join(',')}]`
  const { graph } = node.first
  return graph.termType === 'DefaultGraph' ? `${text}}` : `{"@id":${id(graph)},"@graph":[${text}}]}`
}

/** JSON-LD 1.1 in expanded form, streamed: neighbouring triples of one subject and graph share a node object. */
export async function* quadsToJsonLd(execution: QuadsExecution): AsyncGenerator<string> {
  const encode = cached(value)
  let separator = '[\n'
  let node: Node | undefined
  const finish = (done: Node): string => {
    const text = separator + close(done)
    separator = ',\n'
    return text
  }
  for await (const block of execution.blocks) {
    let text = ''
    for (const quad of block) {
      const graph = quad.graph.termType === 'DefaultGraph' ? '' : termKey(quad.graph)
      const key = `${termKey(quad.subject)} ${graph}`
      if (node !== undefined && (node.key !== key || node.size >= NODE_LIMIT)) {
        text += finish(node)
        node = undefined
      }
      node ??= open(quad, key)
      add(node, quad, encode)
    }
    if (text !== '') yield text
  }
  if (node !== undefined) yield finish(node)
  yield separator === '[\n' ? '[]\n' : '\n]\n'
}
