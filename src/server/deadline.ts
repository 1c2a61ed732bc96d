import type { Response } from 'express'
import { PolyprovError } from '../../planner/errors.ts'
import type { Settings } from './options.ts'

/** What the engine gets to tell of its own deadline before the server does. */
const MARGIN = 500

/** A signal for the time of one answer: aborted when the client hangs up. */
export function hangUpSignal(response: Response): AbortSignal {
  const controller = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) controller.abort(new PolyprovError('cancelled', 'the client hung up'))
  })
  return controller.signal
}

export interface Deadline {
  readonly timeout: number
  readonly signal: AbortSignal
  /** The answer is given, or never will be: whatever of the query is left ends. */
  end(): void
}

/** The deadline asked for, held to the server's longest, and a signal that ends with it or with the client. */
export function deadline(
  signal: AbortSignal,
  asked: number | undefined,
  { timeout, maximumTimeout }: Settings,
): Deadline {
  const milliseconds = Math.min(asked ?? timeout, maximumTimeout)
  const controller = new AbortController()
  const timer = setTimeout(() => {
    controller.abort(new PolyprovError('timeout', `the query passed its deadline of ${milliseconds} ms`))
  }, milliseconds + MARGIN)
  return {
    timeout: milliseconds,
    signal: AbortSignal.any([signal, controller.signal]),
    end: () => {
      clearTimeout(timer)
      controller.abort(new PolyprovError('cancelled', 'the request has ended'))
    },
  }
}
