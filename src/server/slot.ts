import { PolyprovError } from '../../planner/errors.ts'
import { type Deadline, deadline } from './deadline.ts'
import type { Call } from './route.ts'

/**
 * Runs something that takes one of the server's places for queries, within its deadline.
 * @throws `busy` where none is free
 */
export async function inSlot<Result>(
  { context, signal }: Pick<Call, 'context' | 'signal'>,
  timeout: number | undefined,
  run: (limit: Deadline) => Promise<Result>,
): Promise<Result> {
  const { slots, settings, metrics } = context
  if (slots.taken >= settings.concurrency) {
    metrics.refused()
    throw new PolyprovError('busy', `${slots.taken} queries are under way; try again`)
  }
  slots.taken++
  const limit = deadline(signal, timeout, settings)
  try {
    return await run(limit)
  } finally {
    limit.end()
    slots.taken--
  }
}
