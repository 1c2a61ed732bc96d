import { Readable } from 'node:stream'
import { DataFactory } from 'rdf-data-factory'
import { textOf } from './terms.js'

/** @import { Asked } from './protocol.ts' */
/** @import { Channel } from './worker.js' */

const factory = new DataFactory()

/** @param {any} term @returns {string | undefined} */
const asked = (term) => {
  if (!term || term.termType === 'Variable') return undefined
  return term.termType === 'DefaultGraph' ? '' : textOf(term)
}

/** Rows that are kept ready for one pattern. */
const READY_ROWS = 1024

/**
 * All stores as one source that answers nothing but patterns (an RDF/JS source): the main thread has the connectors.
 * One only, because over several sources Comunica takes EXISTS to one of them alone.
 *
 * @param {Channel} channel
 * @param {(text: string) => any} termOf
 */
export function virtualSource(channel, termOf) {
  /** @type {Map<string, Promise<number>>} */
  const estimates = new Map()
  return {
    /** @param {any[]} positions */
    match: (...positions) => quadsOf(channel, termOf, positions),
    /**
     * Rows expected, at least one: what is none at all by an estimate must not be pruned. Patterns that have the same
     * predicate and the same positions bound are expected to have as many.
     *
     * @param {any[]} positions
     */
    countQuads(...positions) {
      const pattern = /** @type {Asked} */ (/** @type {unknown} */ (positions.map(asked)))
      const key = pattern.map((term, i) => (i === 1 ? term : term === undefined)).join(' ')
      const known = estimates.get(key)
      if (known !== undefined) return known
      const estimate = channel.ask('estimate', { pattern }).then(({ rows }) => Math.max(1, rows))
      estimates.set(key, estimate)
      return estimate
    },
  }
}

/**
 * @param {Channel} channel
 * @param {(text: string) => any} termOf
 * @param {any[]} positions
 */
function quadsOf(channel, termOf, positions) {
  const pattern = /** @type {Asked} */ (/** @type {unknown} */ (positions.map(asked)))
  const open = [0, 1, 2, 3].filter((position) => pattern[position] === undefined)
  const terms = positions.map((term, i) => (pattern[i] === undefined ? undefined : term))
  const request = channel.open()
  let begun = false
  let done = false
  return new Readable({
    objectMode: true,
    highWaterMark: READY_ROWS,
    async read() {
      if (done) return
      const block = await channel.pull(request, begun ? undefined : pattern)
      begun = true
      done = block.done
      // A pattern without variables has rows without terms: one, or none at all.
      const rows = open.length === 0 ? block.terms.length : block.terms.length / open.length
      for (let row = 0; row < rows; row++) {
        const quad = [...terms]
        for (let i = 0; i < open.length; i++) {
          quad[/** @type {number} */ (open[i])] = termOf(/** @type {string} */ (block.terms[row * open.length + i]))
        }
        const [subject, predicate, object, graph] = quad
        this.push(factory.quad(subject, predicate, object, graph))
      }
      if (done) this.push(null)
    },
    destroy(error, callback) {
      if (!done) channel.close(request)
      done = true
      callback(error)
    },
  })
}
