import { File, FS, ready } from 'h5wasm'

export interface SegyCounts {
  readonly inlines: number
  readonly crosslines: number
  readonly samples: number
}

const HEADERS = 3_600
const TRACE_HEADER = 240
const SAMPLE_BYTES = 4

/** Lines and samples of a small SEG-Y file (revision 1, tables 2 and 3), from the headers of its traces. */
export function segyCounts(bytes: Uint8Array): SegyCounts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const samples = view.getInt16(3_220)
  const inlines = new Set<number>()
  const crosslines = new Set<number>()
  for (let at = HEADERS; at + TRACE_HEADER <= bytes.length; at += TRACE_HEADER + SAMPLE_BYTES * samples) {
    inlines.add(view.getInt32(at + 188))
    crosslines.add(view.getInt32(at + 192))
  }
  return { inlines: inlines.size, crosslines: crosslines.size, samples }
}

/** Sizes of an array of a small HDF5 file, as text. */
export async function shapeOf(bytes: Uint8Array, path: string): Promise<string> {
  await ready
  const name = 'object.h5'
  FS!.writeFile(name, bytes)
  const file = new File(name, 'r')
  try {
    const dataset = file.get(path)
    if (dataset === null || !('shape' in dataset)) throw new Error(`no array ${path}`)
    return `[${dataset.shape!.join(', ')}]`
  } finally {
    file.close()
  }
}
