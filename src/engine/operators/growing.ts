/** A column of numbers that grows with the number of groups; those not set are 0. */
export function growing() {
  let values = new Float64Array(64)
  return {
    upTo(length: number): Float64Array {
      if (length > values.length) {
        const larger = new Float64Array(Math.max(length, values.length * 2))
        larger.set(values)
        values = larger
      }
      return values
    },
    get: (group: number): number => values[group] ?? 0,
  }
}
