import { mkdtemp, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { open } from 'polyprov'
import { buildSeismicExample, isBuilt } from './seismic/index.ts'

/**
 * The configuration of the seismic example: in the folder that the script was given, else in the one that
 * `npm run demo` builds. Built there once: surveys, training sets, models, and the provenance of it all.
 */
export async function exampleConfiguration(folder = process.argv[2] ?? './polyprov-demo'): Promise<string> {
  const directory = resolve(folder)
  if (!(await isBuilt(directory))) await build(directory)
  return join(directory, 'polyprov.yaml')
}

/** Builds beside the folder and moves the whole into its place, so that nobody ever finds half of it. */
async function build(directory: string): Promise<void> {
  const half = await mkdtemp(`${directory}-`)
  try {
    const provenance = { id: 'provenance', type: 'columnar', path: join(half, 'provenance'), role: 'provenance' }
    await using polystore = await open({ stores: [provenance] })
    await buildSeismicExample({ directory: half, write: (change) => polystore.write(change) })
  } catch (error) {
    await rm(half, { recursive: true })
    throw error
  }
  await rename(half, directory)
}
