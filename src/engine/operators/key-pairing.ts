import { BATCH_ROWS } from '../../../connectors/batch.ts'
import type { JoinForm } from './join.ts'
import type { ExactIndex, JoinIndex } from './join-index.ts'
import { ALONE, FRESH, type Pairing } from './pairing.ts'

/** Rows that are looked up at a time. */
const STRETCH = BATCH_ROWS

/**
 * The {@link Pairing} of batches that one key decides about, without a condition: their rows are looked up many at a time,
 * and all that are found are partners.
 */
export function keyPairing(index: JoinIndex, form: JoinForm): Pairing {
  const left = new Uint32Array(BATCH_ROWS)
  const right = new Int32Array(BATCH_ROWS)
  const found = new Int32Array(STRETCH)
  const keepsPartners = form === 'inner' || form === 'left'
  const aloneIfUnmatched = form !== 'inner' && form !== 'semi'
  let exact: ExactIndex
  let length = 0
  let count = 0
  let row = 0
  /** The rows whose first partners stand in `found`. */
  let start = 0
  let end = 0
  /** The partner of the row that comes next; -1 where it has had them all. */
  let partner = FRESH

  const lookUp = () => {
    start = row
    end = Math.min(length, row + STRETCH)
    exact.chains.firsts(exact.keys, start, end, found)
  }
  /** Rows that have one partner at most. */
  const meetOnes = () => {
    const stop = Math.min(end, row + BATCH_ROWS - count)
    let next = count
    for (let each = row; each < stop; each++) {
      const first = found[each - start]!
      if (first < 0 && !aloneIfUnmatched) continue
      left[next] = each
      right[next++] = first
    }
    count = next
    row = stop
  }
  const meetMany = (nexts: Int32Array) => {
    while (row < end && count < BATCH_ROWS) {
      if (partner === FRESH) {
        partner = found[row - start]!
        if (partner < 0 && aloneIfUnmatched) add(ALONE)
      }
      for (; partner >= 0 && count < BATCH_ROWS; partner = nexts[partner]!) add(partner)
      if (partner >= 0) return
      row++
      partner = FRESH
    }
  }
  const add = (rightRow: number) => {
    left[count] = row
    right[count++] = rightRow
  }
  /** Rows that go on alone: those with a partner, or those without. */
  const choose = () => {
    const stop = Math.min(end, row + BATCH_ROWS - count)
    for (; row < stop; row++) if (found[row - start]! >= 0 !== aloneIfUnmatched) add(ALONE)
  }
  return {
    left,
    right,
    begin(batch) {
      exact = index.exact()!
      length = batch.length
      row = 0
      start = 0
      end = 0
      partner = FRESH
    },
    advance() {
      if (row >= end) lookUp()
      const { nexts } = exact.chains
      if (!keepsPartners) choose()
      else if (nexts === undefined) meetOnes()
      else meetMany(nexts)
    },
    isDone: () => row >= length,
    count: () => count,
    taken() {
      count = 0
    },
  }
}
