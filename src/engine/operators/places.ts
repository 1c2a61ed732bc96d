/** Places that are granted to any table, and to each row of a large one. */
const FEW_PLACES = 65_536
const PLACES_OF_ROW = 4

/** Whether the ids of so many rows lie close enough together for an array with a place for each between them. */
export const arePlaced = (low: number, high: number, rows: number): boolean =>
  high - low < FEW_PLACES + PLACES_OF_ROW * rows

/** The least and the highest of ids `start` to `end` (excluded), of which there is one at least. */
export function rangeOf(ids: Uint32Array, start: number, end: number): { readonly low: number; readonly high: number } {
  let low = ids[start]!
  let high = low
  for (let row = start + 1; row < end; row++) {
    const id = ids[row]!
    if (id < low) low = id
    else if (id > high) high = id
  }
  return { low, high }
}
