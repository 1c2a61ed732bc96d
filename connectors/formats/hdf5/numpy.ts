import type { Filter, Metadata } from 'h5wasm'
import { isBoolean } from './attribute.js'

/** NumPy's letter for each number of `H5T_class_t`; what is not here is opaque to NumPy (`V`) or an object of Python's (`O`). */
const KINDS: Readonly<Record<number, string>> = { 0: 'i', 1: 'f', 3: 'S', 4: 'u', 5: 'V', 6: 'V', 8: 'i', 10: 'V' }

/**
 * The name NumPy gives a type (`dtype.str`), as h5py maps it: `<f4`, `|i1`, `|S5`, `<c8`; `|b1` for the enumeration of
 * FALSE and TRUE, `|O` for text of any length, sequences and references. A compound is listed member by member
 * (`dtype.descr`, without padding): `[('x', '<f4'), ('y', '<i4', (3,))]`.
 */
export function typeName(type: Metadata): string {
  if (type.vlen || KINDS[type.type] === undefined) return '|O'
  if (type.array_type !== undefined) return `(${typeName(type.array_type)}, ${tuple(type.array_type.shape ?? [])})`
  if (type.compound_type !== undefined) return compoundName(type)
  if (isBoolean(type)) return '|b1'
  const kind = KINDS[type.type] === 'i' && !type.signed ? 'u' : KINDS[type.type]!
  return `${byteOrder(type, kind)}${kind}${type.size}`
}

function compoundName(type: Metadata): string {
  const members = type.compound_type?.members ?? []
  if (isComplex(type)) return `${byteOrder(members[0]!, 'c')}c${type.size}`
  const parts = members.map((member) =>
    member.array_type === undefined
      ? `(${quoted(member.name)}, ${quotedType(member)})`
      : `(${quoted(member.name)}, ${quotedType(member.array_type)}, ${tuple(member.array_type.shape ?? [])})`,
  )
  return `[${parts.join(', ')}]`
}

const quotedType = (type: Metadata): string => {
  const name = typeName(type)
  return name.startsWith('[') || name.startsWith('(') ? name : `'${name}'`
}

const quoted = (name: string): string => `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const tuple = (shape: readonly number[]): string => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`)

const byteOrder = (type: Metadata, kind: string): string =>
  kind === 'S' || kind === 'V' || type.size === 1 ? '|' : type.littleEndian ? '<' : '>'

/** h5py's complex numbers: a compound of two floats named `r` and `i`. */
export function isComplex(type: Metadata): boolean {
  const [real, imaginary, ...others] = type.compound_type?.members ?? []
  if (real === undefined || imaginary === undefined || others.length > 0) return false
  const floats = real.type === 1 && imaginary.type === 1 && real.size === imaginary.size
  return floats && real.name === 'r' && imaginary.name === 'i' && type.size === 2 * real.size
}

/** Names of the registered filters that compress (https://github.com/HDFGroup/hdf5_plugins/blob/master/docs/RegisteredFilterPlugins.md). */
const COMPRESSORS: Readonly<Record<number, string>> = {
  1: 'gzip',
  4: 'szip',
  5: 'nbit',
  6: 'scaleoffset',
  305: 'lzo',
  307: 'bzip2',
  32000: 'lzf',
  32001: 'blosc',
  32004: 'lz4',
  32008: 'bitshuffle',
  32013: 'zfp',
  32015: 'zstd',
  32017: 'sz',
  32024: 'sz3',
  32026: 'blosc2',
}
/** Shuffle and the Fletcher32 checksum: filters that leave the size as it is. */
const NEUTRAL: ReadonlySet<number> = new Set([2, 3])

/** How a dataset's chunks are compressed: h5py's names where it has one, `filter 12345` for a filter no one knows. */
export function compressionName(filters: readonly Filter[]): string | undefined {
  const compressors = filters.filter((filter) => !NEUTRAL.has(filter.id))
  if (compressors.length === 0) return undefined
  return compressors.map((filter) => COMPRESSORS[filter.id] ?? `filter ${filter.id}`).join(', ')
}
