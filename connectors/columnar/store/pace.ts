import { setImmediate as pause } from 'node:timers/promises'

/** Milliseconds between two turns for others. */
const SLICE = 8

/** Runs a generator to its end, and lets others in where it pauses and has had its time. */
export async function paced<Result>(steps: Generator<void, Result>): Promise<Result> {
  let turn = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (performance.now() - turn < SLICE) continue
    await pause()
    turn = performance.now()
  }
}

/** Runs a generator to its end without a pause. */
export function atOnce<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}
