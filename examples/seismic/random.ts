/** A seeded source of numbers: the same seed gives the same surveys, tiles and weights. */
export interface Random {
  /** Evenly from 0 (included) to 1 (excluded). */
  uniform(): number
  /** Normal, with mean 0 and deviation 1. */
  normal(): number
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number
}

/** Mulberry32, a 32-bit generator: short, fast, and good enough for examples. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  return { uniform, normal, below: (limit) => Math.floor(uniform() * limit) }
}

/** Shuffles in place (Fisher and Yates). */
export function shuffle<Item>(items: Item[], random: Random): Item[] {
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = random.below(last + 1)
    const item = items[last]!
    items[last] = items[chosen]!
    items[chosen] = item
  }
  return items
}
