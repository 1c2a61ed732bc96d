import memory from '../../connectors/memory/index.ts'
import type { OpenOptions } from '../../src/open.ts'
import { open } from '../../src/open.ts'
import type { Execution, Polystore } from '../../src/polystore.ts'
import { serialise } from '../../src/results/serialise.ts'

export const BASE = 'urn:polyprov:'
export const PREFIX = 'PREFIX ex: <http://example.org/>\nPREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n'

/** Derivations, and who is who. */
const RUNS = `@prefix ex: <http://example.org/> .
ex:m1 ex:from ex:d1 . ex:m2 ex:from ex:d1 . ex:m3 ex:from ex:m2 . ex:d1 ex:from ex:raw .
ex:m1 ex:loss 0.5 . ex:m2 ex:loss 0.25 . ex:m3 ex:loss 0.125 .
ex:m1 ex:by _:ann . _:ann ex:name "Ann"@en-GB . ex:m2 ex:by _:bob . _:bob ex:name "Bob" .
ex:g1 { ex:m1 ex:state "done" . ex:m2 ex:state "failed" }
ex:g2 { ex:m1 ex:state "done" . ex:m3 ex:state "done" . ex:m3 ex:from ex:g2only }`

/** What the things are. */
const LABELS = `@prefix ex: <http://example.org/> .
ex:m1 ex:label "first" ; ex:kind ex:Model . ex:m2 ex:label "second" ; ex:kind ex:Model .
ex:d1 ex:label "data" ; ex:kind ex:Data . ex:raw ex:kind ex:Data . ex:raw ex:from ex:field .
ex:g1 { ex:m2 ex:note "see log" }`

/** A polystore of two stores that share predicates. */
export function openTwo(options: OpenOptions = {}): Promise<Polystore> {
  const connectors = [
    memory({ id: 'runs', type: 'memory', role: 'provenance', data: RUNS }, { base: BASE }),
    memory({ id: 'labels', type: 'memory', data: LABELS }, { base: BASE }),
  ]
  return open({ base: BASE }, { ...options, connectors })
}

/** Lines of the answer, sorted unless their order is asked for; blank nodes have no labels. */
export async function answerOf(execution: Execution, ordered = false): Promise<readonly string[]> {
  let text = ''
  for await (const chunk of serialise(execution, execution.kind === 'quads' ? 'ntriples' : 'json')) text += chunk
  const plain = text.replaceAll(/_:\S+/g, '_:').replaceAll(/("type": ?"bnode", ?"value": ?)"[^"]*"/g, '$1""')
  const lines = plain
    .split('\n')
    .map((line) => line.replace(/,$/, ''))
    .filter((line) => line !== '')
  return ordered ? lines : lines.sort()
}
