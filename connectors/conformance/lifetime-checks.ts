import type { Pattern } from '../../planner/algebra.ts'
import type { ConformanceCheck, ConformanceSubject } from '../conformance.ts'
import type { Connector } from '../connector.ts'
import { asking, promptly, scanned } from './request.ts'
import { everything } from './scan-checks.ts'
import { expectThat, using } from './subject.ts'

const iterate = (connector: Connector, pattern: Pattern, signal: AbortSignal) =>
  connector.scan({ ...asking(signal), pattern })[Symbol.asyncIterator]()

/** Whether a promise is rejected; one that never settles is an error. */
const isRejected = (promise: Promise<unknown>, what: string): Promise<boolean> =>
  promptly(
    promise.then(
      () => false,
      () => true,
    ),
    what,
  )

/** Times that an end is tried again: what leaks then adds up. */
const ROUNDS = 20

export const lifetimeChecks = (subject: ConformanceSubject): readonly ConformanceCheck[] => [
  {
    name: 'is done when an iterator is returned early, and answers again',
    run: () =>
      using(subject, async (connector) => {
        const { signal } = new AbortController()
        for (let round = 0; round < ROUNDS; round++) {
          const rows = iterate(connector, everything, signal)
          if (round % 2 === 0) await promptly(rows.next(), 'the first rows')
          await promptly(Promise.resolve(rows.return?.()), 'the return of an iterator')
          const after = await promptly(rows.next(), 'what follows a return')
          expectThat(after.done === true, 'an iterator goes on after its return')
        }
        expectThat((subject.openCursors?.() ?? 0) === 0, 'cursors are left open')
        await scanned(connector, everything)
      }),
  },
  {
    name: 'answers nothing to a query that is cancelled already',
    run: () =>
      using(subject, async (connector) => {
        const rows = iterate(connector, everything, AbortSignal.abort(new Error('cancelled')))
        const answered = await promptly(
          rows.next().then(
            ({ done }) => done !== true,
            () => false,
          ),
          'a cancelled query',
        )
        expectThat(!answered, 'a cancelled query has rows')
      }),
  },
  {
    name: 'ends soon when it is cancelled between two blocks',
    run: () =>
      using(subject, async (connector) => {
        const controller = new AbortController()
        const rows = iterate(connector, everything, controller.signal)
        await promptly(rows.next(), 'the first rows')
        controller.abort(new Error('cancelled'))
        await promptly(
          rows.next().catch(() => undefined),
          'the end of a cancelled query',
        )
        await promptly(
          Promise.resolve(rows.return?.()).catch(() => undefined),
          'the return of a cancelled query',
        )
        expectThat((subject.openCursors?.() ?? 0) === 0, 'cursors are left open')
      }),
  },
  {
    name: 'answers queries at the same time',
    run: () =>
      using(subject, async (connector) => {
        const counts = await Promise.all(Array.from({ length: 8 }, () => scanned(connector, everything)))
        expectThat(
          new Set(counts.map(({ length }) => length)).size === 1,
          'queries at the same time have other answers',
        )
      }),
  },
  {
    name: 'is ready',
    run: () => using(subject, async (connector) => connector.check?.(new AbortController().signal)),
  },
  {
    name: 'can be disposed twice',
    run: async () => {
      const connector = await subject.open()
      await connector[Symbol.asyncDispose]?.()
      await connector[Symbol.asyncDispose]?.()
    },
  },
  ...(subject.stalled === undefined ? [] : stalledChecks(subject.stalled)),
]

/** Over a store that never answers every wait must end with the signal. */
const stalledChecks = (stalled: NonNullable<ConformanceSubject['stalled']>): readonly ConformanceCheck[] => {
  const waits: readonly (readonly [string, (connector: Connector, signal: AbortSignal) => Promise<unknown>])[] = [
    ['a scan', (connector, signal) => iterate(connector, everything, signal).next()],
    ['describe', (connector, signal) => connector.describe(signal)],
    ['check', (connector, signal) => connector.check?.(signal) ?? Promise.reject(signal.reason)],
  ]
  return waits.map(([name, wait]) => ({
    name: `leaves a store that never answers when it is cancelled: ${name}`,
    async run() {
      const connector = await stalled()
      try {
        const controller = new AbortController()
        let settled = false
        const waiting = wait(connector, controller.signal)
        waiting.then(
          () => {
            settled = true
          },
          () => {
            settled = true
          },
        )
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (settled) return
        controller.abort(new Error('cancelled'))
        expectThat(await isRejected(waiting, name), `${name} is answered by a store that never answers`)
      } finally {
        await promptly(Promise.resolve(connector[Symbol.asyncDispose]?.()), 'the end of a store that never answers')
      }
    },
  }))
}
