import type { Polystore } from '../../src/index.ts'
import { median } from '../measure.ts'
import { counted } from './contest.ts'
import type { Question } from './questions.ts'
import type { Traffic } from './relay.ts'
import type { Relays } from './relays.ts'
import { difference, type Row } from './rows.ts'

/** What an answer took of one contestant: medians. */
export interface Figures {
  readonly milliseconds: number
  readonly samples: number
  readonly traffic: Readonly<Record<string, Traffic>>
}

export type Answer = () => Promise<readonly Row[]>

/** A contestant's answers to one question take no longer than this together: then what was measured must do. */
const ENOUGH_MILLISECONDS = 10_000

export const requestsOf = ({ traffic }: Figures): number =>
  Object.values(traffic).reduce((sum, { requests }) => sum + requests, 0)
export const bytesOf = ({ traffic }: Figures): number =>
  Object.values(traffic).reduce((sum, { bytes }) => sum + bytes, 0)
export const storeRequests = ({ traffic }: Figures, store: string): number => traffic[store]?.requests ?? 0

/** All rows of a polystore's answer, which may take so many milliseconds. */
export const askIn = (polystore: Polystore, { text }: Question, timeout: number): Promise<readonly Row[]> =>
  polystore.query(text, { timeout }).toArray()

/** @throws Error where the answer is not the one by hand */
export function same(expected: readonly Row[], rows: readonly Row[], { ordered }: Question, who: string): void {
  const found = difference(expected, rows, ordered)
  if (found !== undefined) throw new Error(`${who} answers otherwise than by hand: ${found}`)
}

/** Contestants in turn, so that whatever else the machine does meets them alike. */
export async function measured<Name extends string>(
  contestants: Readonly<Record<Name, Answer>>,
  expected: readonly Row[],
  question: Question,
  relays: Relays,
  repeat: number,
): Promise<Record<Name, Figures>> {
  const names = Object.keys(contestants) as Name[]
  const elapsed = new Map<Name, number[]>(names.map((name) => [name, []]))
  const traffic = new Map<Name, Figures['traffic']>()
  const started = performance.now()
  for (let i = 0; i < repeat; i++) {
    for (const name of names) {
      const answer = await counted(relays, contestants[name])
      same(expected, answer.rows, question, name)
      elapsed.get(name)!.push(answer.milliseconds)
      traffic.set(name, answer.traffic)
    }
    if (performance.now() - started > ENOUGH_MILLISECONDS) break
  }
  const figuresOf = (name: Name): Figures => {
    const times = elapsed.get(name)!
    return { milliseconds: median(times), samples: times.length, traffic: traffic.get(name)! }
  }
  return Object.fromEntries(names.map((name) => [name, figuresOf(name)])) as Record<Name, Figures>
}

/** Of positive numbers; not a number where there are none. */
export const geometricMean = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)

/** The promise's value, or `undefined` where it takes longer than so many milliseconds. */
export async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined)
  })
  promise.catch(() => undefined)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
