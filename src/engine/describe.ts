import type { NamedNode } from '@rdfjs/types'
import { columnOf } from '../../connectors/batch.ts'
import type { Batch } from '../../connectors/connector.ts'
import type { Plan, Query } from '../../planner/algebra.ts'
import { defaultGraph, type Quad, quad, type Term, variable } from '../../planner/term.ts'
import type { QueryContext } from './context.ts'
import type { Execute } from './execute.ts'

/**
 * DESCRIBE: the triples whose subject is one of the resources, and those of the blank nodes they lead to (a concise
 * bounded description).
 */
export async function* describe(
  query: Query,
  plan: Plan,
  context: QueryContext,
  execute: Execute,
): AsyncGenerator<readonly Quad[]> {
  if (query.form.kind !== 'describe') return
  const pending = new Set<number>()
  const variables: string[] = []
  for (const term of query.form.terms) {
    if (term.termType === 'NamedNode') pending.add(context.dictionary.encode(term))
    else variables.push(term.value)
  }
  if (variables.length > 0) {
    for await (const batch of execute(plan, context)) {
      for (const name of variables) {
        const column = columnOf(batch, name)
        for (let row = 0; column !== undefined && row < batch.length; row++)
          if (column[row] !== 0) pending.add(column[row]!)
      }
    }
  }
  const triples = context.plan({
    kind: 'pattern',
    subject: variable('s'),
    predicate: variable('p'),
    object: variable('o'),
    graph: defaultGraph,
  })
  yield* walk(pending, triples, context, execute)
}

async function* walk(
  roots: ReadonlySet<number>,
  triples: Plan,
  context: QueryContext,
  execute: Execute,
): AsyncGenerator<readonly Quad[]> {
  const done = new Set<number>()
  let frontier = [...roots]
  while (frontier.length > 0) {
    for (const id of frontier) done.add(id)
    const next = new Set<number>()
    const keys: Batch = { variables: ['s'], columns: [Uint32Array.from(frontier)], length: frontier.length }
    const asked = new Set(frontier)
    for await (const batch of execute(triples, context, keys)) {
      yield quadsOf(
        batch,
        asked,
        (id, term) => {
          if (term.termType === 'BlankNode' && !done.has(id)) next.add(id)
        },
        context,
      )
    }
    frontier = [...next]
  }
}

function quadsOf(
  batch: Batch,
  subjects: ReadonlySet<number>,
  visitObject: (id: number, term: Term) => void,
  context: QueryContext,
): readonly Quad[] {
  const [s, p, o] = ['s', 'p', 'o'].map((name) => columnOf(batch, name)!)
  const quads: Quad[] = []
  for (let row = 0; row < batch.length; row++) {
    if (!subjects.has(s![row]!)) continue
    const object = context.dictionary.decode(o![row]!)
    visitObject(o![row]!, object)
    const subject = context.dictionary.decode(s![row]!) as Quad['subject']
    quads.push(quad(subject, context.dictionary.decode(p![row]!) as NamedNode, object))
  }
  return quads
}
