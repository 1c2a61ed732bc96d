import type { ObjectFormat } from '../format.ts'
import { createPool } from './pool.ts'
import type { Hdf5Limits } from './protocol.ts'
import { isHdf5, isNetcdf } from './recognise.ts'
import { ATTRIBUTE_TERMS, LAYOUT_TERMS, nodeTriples, OBJECT, TERMS } from './triples.ts'

export interface Hdf5Options {
  /** Most worker threads; each takes up to 256 MiB for metadata that is large, some 50 MB as a rule. */
  readonly workers?: number
  readonly limits?: Partial<Hdf5Limits>
}

const LIMITS: Hdf5Limits = {
  requests: 2_048,
  bytes: 128 * 2 ** 20,
  nodes: 20_000,
  depth: 64,
  attributes: 1_000,
  attributeBytes: 65_536,
  answerBytes: 32 * 2 ** 20,
  milliseconds: 30_000,
}

/**
 * HDF5 and NetCDF4 objects: the headers of groups, datasets and attributes, never the data. Each group or dataset is a
 * node `<object>#<percent-encoded path>`; its dimensions and attributes are nodes beneath it. The HDF5 library runs in
 * worker threads and reads only the blocks that hold the metadata asked for.
 *
 * Rejects with `malformed-object` where the library cannot read the object, with `too-large` or `store-timeout` where
 * the object passes a limit, and with the signal's reason when it is aborted.
 */
export function hdf5Format(options: Hdf5Options = {}): ObjectFormat {
  const pool = createPool(options.workers ?? 2)
  const limits = { ...LIMITS, ...options.limits }
  return {
    name: 'HDF5',
    reads: 'bytes 0–65535, then the 16 KiB blocks that hold the metadata of the nodes asked for',
    predicates: TERMS,
    nodePredicates: TERMS.filter((term) => term !== OBJECT),
    recognises: isHdf5,
    nameOf: (locator, head) => (isNetcdf(locator, head) ? 'NetCDF4' : 'HDF5'),
    async triples(reader, about, { predicates, paths, signal, warn }) {
      const asked = (terms: readonly string[]) => terms.some((term) => predicates.has(term))
      const wanted = { layout: asked(LAYOUT_TERMS), attributes: asked(ATTRIBUTE_TERMS) }
      const message = { size: reader.size, paths, wanted, limits }
      const answer = await pool.describe({ reader, message, name: about.object, signal })
      for (const warning of answer.warnings) warn?.(`${about.object}: ${warning}`)
      return nodeTriples(answer.nodes, about, predicates)
    },
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  }
}
