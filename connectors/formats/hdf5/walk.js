import { allocates, decoder, hasValue, ValueTooLarge } from './attribute.js'

/** @import { H5Module } from 'h5wasm' */
/** @import { Answer, DescribeMessage, Hdf5Attribute, Hdf5Node, Layout } from './protocol.ts' */

/** An object that is over a limit. */
export class OverLimit extends Error {}

/**
 * The headers of an open file. Soft links are followed, and an object has as many paths as lead to it, but for those
 * that pass through the same group twice; what a link leads to in another file is not there.
 *
 * @param {any} library h5wasm's module
 * @param {bigint} file
 * @param {DescribeMessage} message
 * @returns {Answer}
 */
export function describe(library, file, { paths, wanted, limits }) {
  /** @type {Hdf5Node[]} */
  const nodes = []
  /** @type {string[]} */
  const warnings = []
  let left = limits.answerBytes

  /** @param {number} bytes */
  const spend = (bytes) => {
    left -= bytes
    if (left < 0) throw new OverLimit(`its header is larger than ${limits.answerBytes} bytes`)
  }

  /** @param {string} path @returns {Layout} */
  const layout = (path) => {
    const type = library.get_dataset_metadata(file, path)
    spend(sizeOf(type))
    return { type, shape: type.shape, chunks: type.chunks, filters: library.get_dataset_filters(file, path) }
  }

  /** @param {string} path @param {string} name @returns {Hdf5Attribute} */
  const attribute = (path, name) => {
    const type = library.get_attribute_metadata(file, path, name)
    spend(name.length + sizeOf(type))
    if (type.shape === null || !hasValue(type)) return { name, type }
    const bytes = type.size * type.total_size
    try {
      if (bytes > limits.attributeBytes) throw new ValueTooLarge()
      return { name, type, value: attributeValue(library, file, path, name, type, limits.attributeBytes, spend) }
    } catch (error) {
      if (!(error instanceof ValueTooLarge)) throw error
      warnings.push(`${path}: the value of ${name} is larger than ${limits.attributeBytes} bytes, and left out`)
      return { name, type }
    }
  }

  /** @param {string} path */
  const attributes = (path) => {
    const all = library.get_attribute_names(file, path)
    const names = all.slice(0, limits.attributes).filter(isText)
    if (names.length < all.length) warnings.push(`${path}: ${all.length - names.length} attributes are left out`)
    return names.map((/** @type {string} */ name) => attribute(path, name))
  }

  /** @param {string} path @param {boolean} dataset */
  const visit = (path, dataset) => {
    if (nodes.length >= limits.nodes) throw new OverLimit(`it has more than ${limits.nodes} groups and datasets`)
    spend(path.length)
    nodes.push({
      path,
      ...(dataset && wanted.layout && { layout: layout(path) }),
      attributes: wanted.attributes ? attributes(path) : [],
    })
  }

  /** @param {string} path */
  const children = (path) => {
    const all = library.get_names(file, path, false)
    const names = all.filter(isText)
    if (names.length < all.length)
      warnings.push(`${path}: ${all.length - names.length} names are not UTF-8, and left out`)
    if (names.length + nodes.length > limits.nodes) throw new OverLimit(`it has more than ${limits.nodes} objects`)
    return names.map((/** @type {string} */ name) => `${path === '/' ? '' : path}/${name}`)
  }

  /** The group's address in the file: two paths to one group have the same. @param {string} path */
  const address = (path) => library.create_object_reference(file, path).join()

  const walk = () => {
    /** @type {{ path: string, above: readonly string[] }[]} */
    const stack = [{ path: '/', above: [] }]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { path, above } = next
      const type = library.get_type(file, path)
      if (type === library.H5G_DATASET) visit(path, true)
      if (type !== library.H5G_GROUP) continue
      const here = address(path)
      if (above.includes(here)) continue
      if (above.length > limits.depth) throw new OverLimit(`its groups are nested more than ${limits.depth} deep`)
      visit(path, false)
      for (const child of children(path).reverse()) stack.push({ path: child, above: [...above, here] })
    }
  }

  /** @param {string} path */
  const find = (path) => {
    const seen = new Set()
    const steps = path === '/' ? [path] : ['/', ...prefixes(path)]
    if (steps.length > limits.depth + 2) return
    for (const step of steps) {
      const type = library.get_type(file, step)
      if (type === library.H5G_DATASET && step === path) return visit(path, true)
      if (type !== library.H5G_GROUP) return
      const here = address(step)
      if (seen.has(here)) return
      seen.add(here)
    }
    visit(path, false)
  }

  if (paths === undefined) walk()
  else for (const path of new Set(paths)) if (isCanonical(path)) find(path)
  return { nodes, warnings }
}

/**
 * Reads one value through memory of the library's.
 *
 * @param {any} library
 * @param {bigint} file
 * @param {string} path
 * @param {string} name
 * @param {import('h5wasm').Metadata} type
 * @param {number} limit
 * @param {(bytes: number) => void} spend
 */
function attributeValue(library, file, path, name, type, limit, spend) {
  const bytes = type.size * type.total_size
  const pointer = library._malloc(Math.max(bytes, 1))
  if (pointer === 0) throw new ValueTooLarge()
  library.get_attribute_data(file, path, name, BigInt(pointer))
  try {
    const value = decoder(type, library.HEAPU8, limit)(pointer)
    spend(sizeOf(value))
    return value
  } finally {
    if (allocates(type)) library.reclaim_vlen_memory(file, path, name, BigInt(pointer))
    library._free(pointer)
  }
}

/**
 * Roughly the bytes of a plain value.
 *
 * @param {unknown} value
 * @returns {number}
 */
function sizeOf(value) {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  return Object.values(value).reduce((sum, part) => sum + sizeOf(part), 16)
}

/**
 * Whether a name came through as text: what was no UTF-8 cannot be asked for by its name.
 *
 * @param {string} name
 */
const isText = (name) => !name.includes('\uFFFD') && Buffer.from(name).toString() === name

/**
 * `/a/b/c` → `/a`, `/a/b`, `/a/b/c`.
 *
 * @param {string} path
 */
const prefixes = (path) => [...path.matchAll(/(?<=.)\/|$/g)].map((end) => path.slice(0, end.index))

/**
 * Whether a path is written as the listing writes it; HDF5 itself would take `//a/.` for `/a`, and stop at a NUL.
 *
 * @param {string} path
 */
const isCanonical = (path) =>
  path === '/' || (/^(?:\/[^/\0]+)+$/.test(path) && !path.split('/').includes('.') && isText(path))
