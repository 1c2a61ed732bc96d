/** A growing list of ids. */
export interface IdList {
  readonly length: number
  push(id: number): void
  at(index: number): number
  clear(): void
  /** The ids so far; later pushes may outdate it. */
  view(): Uint32Array
}

export function idList(capacity = 16): IdList {
  let ids = new Uint32Array(capacity)
  let length = 0
  return {
    get length() {
      return length
    },
    push(id) {
      if (length === ids.length) {
        const next = new Uint32Array(length * 2)
        next.set(ids)
        ids = next
      }
      ids[length++] = id
    },
    at: (index) => ids[index]!,
    clear() {
      length = 0
    },
    view: () => ids.subarray(0, length),
  }
}

/** A set of ids other than 0, by open addressing: a JavaScript `Set` ends at 16.7 million and takes eight times as much. */
export interface IdSet {
  readonly size: number
  has(id: number): boolean
  /** Whether the id was new. */
  add(id: number): boolean
  /** The ids in it, in no order; it must not change meanwhile. */
  ids(): Iterable<number>
}

export function idSet(): IdSet {
  let slots = new Uint32Array(16)
  let size = 0

  function slotOf(id: number): number {
    const mask = slots.length - 1
    const hash = Math.imul(id, 0x9e3779b1)
    let slot = (hash ^ (hash >>> 15)) & mask
    while (slots[slot] !== 0 && slots[slot] !== id) slot = (slot + 1) & mask
    return slot
  }

  function grow(): void {
    const old = slots
    slots = new Uint32Array(old.length * 2)
    for (const id of old) if (id !== 0) slots[slotOf(id)] = id
  }

  function* ids(): Generator<number> {
    for (const id of slots) if (id !== 0) yield id
  }

  return {
    ids,
    get size() {
      return size
    },
    has: (id) => slots[slotOf(id)] === id,
    add(id) {
      const slot = slotOf(id)
      if (slots[slot] === id) return false
      slots[slot] = id
      size++
      if (size * 2 > slots.length) grow()
      return true
    },
  }
}
