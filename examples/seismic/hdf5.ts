import { File, ready } from 'h5wasm/node'

/** An array of an HDF5 file. */
export interface ArrayData {
  readonly data: Float32Array | Uint8Array | Int32Array
  readonly shape: readonly number[]
}

type Attributes = Readonly<Record<string, string | number>>

const TYPES = [
  [Float32Array, '<f'],
  [Int32Array, '<i'],
  [Uint8Array, '<B'],
] as const

/** Writes arrays by path (`/group/name`), compressed in chunks along the first dimension, and attributes of the file. */
export async function writeHdf5(
  path: string,
  arrays: Readonly<Record<string, ArrayData>>,
  attributes: Attributes,
): Promise<void> {
  await ready
  const file = new File(path, 'w')
  try {
    for (const [name, value] of Object.entries(attributes)) file.create_attribute(name, value)
    for (const [name, { data, shape }] of Object.entries(arrays)) {
      const [, group = '', dataset] = /^\/(?:(.+)\/)?([^/]+)$/.exec(name) ?? []
      if (group !== '' && file.get(group) === null) file.create_group(group)
      const parent = group === '' ? file : file.get(group)
      if (dataset === undefined || parent === null || !('create_dataset' in parent)) continue
      const chunks = [Math.min(shape[0] ?? 1, 64), ...shape.slice(1)]
      const dtype = TYPES.find(([kind]) => data instanceof kind)?.[1] ?? '<f4'
      parent.create_dataset({ name: dataset, data, shape: [...shape], dtype, chunks, compression: 4 })
    }
    file.flush()
  } finally {
    file.close()
  }
}

/** Reads arrays by path. */
export async function readHdf5<Name extends string>(
  path: string,
  names: readonly Name[],
): Promise<Record<Name, ArrayData>> {
  await ready
  const file = new File(path, 'r')
  try {
    const entries = names.map((name) => {
      const dataset = file.get(name)
      if (dataset === null || !('shape' in dataset) || dataset.shape === null) {
        throw new Error(`${path} holds no array ${name}`)
      }
      return [name, { data: dataset.value as ArrayData['data'], shape: dataset.shape }] as const
    })
    return Object.fromEntries(entries) as unknown as Record<Name, ArrayData>
  } finally {
    file.close()
  }
}
