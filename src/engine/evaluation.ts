import { createHash, randomUUID } from 'node:crypto'
import type { EvaluationContext } from '../../planner/evaluate.ts'
import { XSD } from '../../planner/namespaces.ts'
import { blank, iri, literal, type Term } from '../../planner/term.ts'
import { throwIfAborted } from './context.ts'

/** What expressions of one query need of the world: one instant, chance, fresh blank nodes. */
export function evaluationContext(
  base: string | undefined,
  signal: AbortSignal,
): {
  readonly evaluation: EvaluationContext
  newSolution(): void
} {
  const scope = randomUUID().slice(0, 8)
  let nodes = 0
  let ofSolution = new Map<string, Term>()
  const fresh = () => blank(`q${scope}n${++nodes}`)
  return {
    newSolution() {
      if (ofSolution.size > 0) ofSolution = new Map()
    },
    evaluation: {
      now: literal(new Date().toISOString(), iri(`${XSD}dateTime`)),
      checkpoint: () => throwIfAborted(signal),
      random: Math.random,
      uuid: randomUUID,
      blankNode(label) {
        if (label === undefined) return fresh()
        const node = ofSolution.get(label) ?? fresh()
        ofSolution.set(label, node)
        return node
      },
      digest: (algorithm, text) => createHash(algorithm).update(text, 'utf8').digest('hex'),
      ...(base === undefined ? {} : { base }),
    },
  }
}
