import { PROV, RDF } from '../../planner/namespaces.ts'
import { type Quad, termKey } from '../../planner/term.ts'
import type { Execution, QueryOptions } from '../polystore.ts'

const EDGES: readonly string[] = ['wasDerivedFrom', 'used', 'wasGeneratedBy', 'wasInformedBy', 'wasAssociatedWith'].map(
  (name) => PROV + name,
)
const SHOWN: readonly string[] = [`${RDF}type`]

type Ask = (text: string, options: QueryOptions) => Promise<Execution>

/**
 * The provenance around a node, level by level: the PROV edges that lead from it (backward) or to it (forward), at most
 * `depth` steps, with the classes of the nodes met.
 */
export async function lineage(
  of: string,
  {
    direction = 'backward',
    depth = 16,
    signal,
  }: { direction?: 'backward' | 'forward'; depth?: number; signal?: AbortSignal },
  ask: Ask,
): Promise<readonly Quad[]> {
  const quads = new Map<string, Quad>()
  const seen = new Set<string>([of])
  let frontier: readonly string[] = [of]
  for (let level = 0; level < depth && frontier.length > 0; level++) {
    const next: string[] = []
    for (const quad of await edgesOf(frontier, direction, signal, ask)) {
      quads.set([quad.subject, quad.predicate, quad.object].map(termKey).join('\n'), quad)
      const far = direction === 'backward' ? quad.object : quad.subject
      if (far.termType !== 'NamedNode' || seen.has(far.value)) continue
      seen.add(far.value)
      next.push(far.value)
    }
    frontier = next
  }
  for (const quad of await classesOf([...seen], signal, ask)) {
    quads.set([quad.subject, quad.predicate, quad.object].map(termKey).join('\n'), quad)
  }
  return [...quads.values()]
}

/** Nodes in one question: a lineage level is asked in blocks. */
const BLOCK = 2_000

async function edgesOf(
  nodes: readonly string[],
  direction: 'backward' | 'forward',
  signal: AbortSignal | undefined,
  ask: Ask,
) {
  const [near, pattern] = direction === 'backward' ? ['?s', '?s ?p ?o'] : ['?o', '?s ?p ?o']
  return askInBlocks(
    nodes,
    (block) =>
      `CONSTRUCT { ${pattern} } WHERE { VALUES ${near} { ${block} } VALUES ?p { ${listed(EDGES)} } ${pattern} }`,
    signal,
    ask,
  )
}

const classesOf = (nodes: readonly string[], signal: AbortSignal | undefined, ask: Ask) =>
  askInBlocks(
    nodes,
    (block) => `CONSTRUCT { ?s ?p ?o } WHERE { VALUES ?s { ${block} } VALUES ?p { ${listed(SHOWN)} } ?s ?p ?o }`,
    signal,
    ask,
  )

const listed = (iris: readonly string[]): string => iris.map((each) => `<${escaped(each)}>`).join(' ')

/** An IRI as SPARQL writes it: what an IRI cannot hold is escaped, so that no value ends it early. */
const escaped = (value: string): string =>
  value.replace(
    /[^!#-;=?-[\]_a-z~\u00a0-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

async function askInBlocks(
  nodes: readonly string[],
  text: (block: string) => string,
  signal: AbortSignal | undefined,
  ask: Ask,
): Promise<readonly Quad[]> {
  const quads: Quad[] = []
  for (let start = 0; start < nodes.length; start += BLOCK) {
    const execution = await ask(text(listed(nodes.slice(start, start + BLOCK))), signal === undefined ? {} : { signal })
    if (execution.kind === 'quads') for await (const block of execution.blocks) quads.push(...block)
  }
  return quads
}
