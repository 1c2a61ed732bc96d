import { BATCH_ROWS } from '../../../connectors/batch.ts'
import type { Batch } from '../../../connectors/connector.ts'
import type { JoinForm } from './join.ts'
import type { JoinIndex } from './join-index.ts'

/** Stands for the row of the other side where a row of the left goes on alone. */
export const ALONE = -1
/** Stands for the partner of a row of the left that is yet to be looked up. */
export const FRESH = -2

/** Rows that are looked at without a pause; with a condition, which may take long, fewer. */
const STEPS = 8_192
const CONDITION_STEPS = 256

/** Finds which rows go on together, a stretch at a time. */
export interface Pairing {
  /** Begins with a batch that the index is bound to. */
  begin(batch: Batch): void
  /** Goes on until the pairs fill a batch, the left rows are done, or a pause is due. */
  advance(): void
  isDone(): boolean
  /** Pairs found since they were last taken. */
  count(): number
  taken(): void
  readonly left: Uint32Array
  readonly right: Int32Array
}

export function pairing(
  index: JoinIndex,
  form: JoinForm,
  satisfies: ((batch: Batch, leftRow: number, rightRow: number) => boolean) | undefined,
): Pairing {
  const left = new Uint32Array(BATCH_ROWS)
  const right = new Int32Array(BATCH_ROWS)
  const keepsPartners = form === 'inner' || form === 'left'
  const aloneIfMatched = form === 'semi'
  const aloneIfUnmatched = form === 'left' || form === 'anti' || form === 'minus'
  const isPlain = satisfies === undefined && form !== 'minus'
  const mostSteps = satisfies === undefined ? STEPS : CONDITION_STEPS
  let current: Batch
  let count = 0
  let row = 0
  /** The partner to look at next; -1 where there is none left. */
  let partner = FRESH
  let matched = false
  let steps = 0

  const counts = (rightRow: number): boolean =>
    index.isCompatible(row, rightRow) &&
    (isPlain ||
      ((form !== 'minus' || index.overlaps(row, rightRow)) &&
        (satisfies === undefined || satisfies(current, row, rightRow))))
  const add = (rightRow: number) => {
    left[count] = row
    right[count++] = rightRow
  }
  // Every row that is looked at is a step: one that meets millions of others lets those who wait be heard.
  const goesOn = (): boolean => count < BATCH_ROWS && steps < mostSteps
  /** Looks at the row's partners, for as long as it may go on. */
  const meet = () => {
    steps++
    if (partner === FRESH) partner = index.first(row)
    for (; partner >= 0 && goesOn(); partner = index.next(row, partner)) {
      steps++
      if (!counts(partner)) continue
      matched = true
      if (keepsPartners) add(partner)
      else {
        partner = -1
        return
      }
    }
  }
  return {
    left,
    right,
    begin(batch) {
      current = batch
      row = 0
      partner = FRESH
      matched = false
    },
    advance() {
      steps = 0
      while (row < current.length && goesOn()) {
        meet()
        if (partner >= 0 || count === BATCH_ROWS) continue
        if (matched ? aloneIfMatched : aloneIfUnmatched) add(ALONE)
        row++
        partner = FRESH
        matched = false
      }
    },
    isDone: () => row >= current.length,
    count: () => count,
    taken() {
      count = 0
    },
  }
}
