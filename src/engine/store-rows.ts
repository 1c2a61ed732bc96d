import type { Meter } from '../../connectors/connector.ts'
import type { PolyprovError } from '../../planner/errors.ts'
import { abortable } from './abortable.ts'
import { askStore } from './ask-store.ts'
import type { QueryContext } from './context.ts'
import { isDown } from './guard.ts'
import type { StoreMeter } from './trace.ts'

/** The share of a partial query's remaining time that one store may use up, so that the others' answers can follow. */
const SHARE_OF_PARTIAL = 0.75

export interface Asked<Element> {
  readonly meter: Meter & StoreMeter
  /** Whether the store works in this process, on this query's own operators. */
  readonly isHere: boolean
  open(signal: AbortSignal): AsyncIterable<Element>
}

/** What a store answers to a query: nothing any more where the query is partial and has lost it. */
export async function* rowsOf<Element>(
  store: string,
  { meter, isHere, open }: Asked<Element>,
  context: QueryContext,
): AsyncGenerator<Element> {
  if (context.trace.hasLost(store)) return
  const { signal, partial, deadline } = context
  const guard = context.guards.get(store)
  // Work in this process is not waiting, and a timer a batch would cost more than some batches.
  if (guard === undefined || (isHere && !guard.hasOwnTimeout)) {
    yield* counted(abortable(open(signal), signal), meter)
    return
  }
  const left = Math.max(1, deadline - performance.now())
  const timeout = partial ? Math.min(guard.timeout, left * SHARE_OF_PARTIAL) : guard.timeout
  yield* askStore({ guard, meter, signal, timeout, open })
}

async function* counted<Element>(elements: AsyncIterable<Element>, meter: StoreMeter): AsyncGenerator<Element> {
  const iterator = elements[Symbol.asyncIterator]()
  meter.waiting(true)
  try {
    for (;;) {
      const asked = performance.now()
      const next = await iterator.next()
      meter.waited(performance.now() - asked)
      if (next.done === true) return
      yield next.value
    }
  } finally {
    meter.waiting(false)
    await iterator.return?.(undefined)
  }
}

/** With `partial` a lost store or object is a warning; else the query ends. */
export function giveUp(error: PolyprovError, { partial, trace }: Pick<QueryContext, 'partial' | 'trace'>): void {
  if (!partial || error.kind !== 'source') throw error
  trace.lose(error, isDown(error) || error.code === 'unknown-store')
}
