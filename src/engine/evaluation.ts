import { createHash, randomUUID } from 'node:crypto'
import { PolyprovError } from '../../planner/errors.ts'
import type { EvaluationContext } from '../../planner/evaluate.ts'
import { XSD } from '../../planner/namespaces.ts'
import { blank, iri, literal, type Term } from '../../planner/term.ts'
import { throwIfAborted } from './context.ts'

/** A call is not interrupted by timers: neither deadlines nor other requests are heard before it ends. */
const LONGEST_CALL_MILLISECONDS = 1000

const callTooLong = (): PolyprovError =>
  new PolyprovError(
    'timeout',
    `One call of a function took more than ${LONGEST_CALL_MILLISECONDS} ms: give it a shorter text or a simpler pattern`,
  )

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
      longCall: () => {
        const start = performance.now()
        return () => {
          throwIfAborted(signal)
          if (performance.now() - start > LONGEST_CALL_MILLISECONDS) throw callTooLong()
        }
      },
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
