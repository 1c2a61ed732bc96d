import { openColumnar } from '../../connectors/columnar/index.ts'
import { defaultGraph, type Quad } from '../../planner/term.ts'
import { open } from '../../src/open.ts'
import type { Polystore } from '../../src/polystore.ts'

/** A polystore whose one store, in memory, takes updates and holds the quads. */
export async function openUpdatable(
  quads: readonly Quad[] = [],
  base = 'http://x/',
  options: Readonly<Record<string, unknown>> = {},
): Promise<Polystore> {
  const definition = { id: 'store', type: 'columnar', role: 'provenance', update: true, ...options } as const
  const connector = await openColumnar(definition, { base, folder: '.' })
  await connector.write({ add: quads })
  return open({ base }, { connectors: [connector] })
}

/** Every quad of a polystore. */
export async function quadsIn(polystore: Polystore): Promise<readonly Quad[]> {
  const quads: Quad[] = []
  for (const [text, named] of [
    ['SELECT ?s ?p ?o { ?s ?p ?o }', false],
    ['SELECT ?s ?p ?o ?g { GRAPH ?g { ?s ?p ?o } }', true],
  ] as const) {
    const execution = await polystore.execute(text)
    if (execution.kind !== 'bindings') throw new Error('A SELECT has bindings')
    for await (const block of execution.blocks) {
      for (const [subject, predicate, object, graph] of block) {
        quads.push({ subject, predicate, object, graph: named ? graph : defaultGraph } as Quad)
      }
    }
  }
  return quads
}
