import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { inject } from 'vitest'
import { openColumnar } from '../../connectors/columnar/index.ts'
import { type BuildOptions, buildSeismicExample, type Summary } from '../../examples/seismic/index.ts'
import { type OpenOptions, open, type Polystore } from '../../src/index.ts'

export const BASE = 'urn:polyprov:'

/** The real surveys that no one here made; `undefined` where they are absent. */
export const REFERENCE = referenceFolder()

function referenceFolder(): string | undefined {
  const folder = resolve(process.env['POLYPROV_REFERENCE'] ?? '../shared/reference', 'segy')
  if (existsSync(folder)) return folder
  if (process.env['CI'] === 'true') throw new Error(`the reference data is missing: ${folder}`)
  console.log(`skipped: no reference data at ${folder}`)
  return undefined
}

/** Builds an example in a folder, its provenance written to the embedded store as the configuration names it. */
export async function build(directory: string, options: Partial<BuildOptions> = {}): Promise<Summary> {
  const definition = { id: 'provenance', type: 'columnar', path: './provenance', role: 'provenance' } as const
  await using store = await openColumnar(definition, { base: BASE, folder: directory })
  return await buildSeismicExample({ directory, base: BASE, write: (change) => store.write(change), ...options })
}

export type ExampleKind = 'synthetic' | 'real'

/** The run's one example of a kind: built by whoever asks first, while all others wait. */
async function sharedExample(kind: ExampleKind): Promise<string> {
  const folder = join(inject('sharedFolder'), kind)
  const building = `${folder}.building`
  for (; !existsSync(folder); await wait(50)) {
    try {
      await mkdir(building)
    } catch {
      continue
    }
    try {
      const options = kind === 'real' ? { surveys: REFERENCE!, settings: { tiles: 100, epochs: 3 } } : {}
      await writeFile(join(building, 'summary.json'), JSON.stringify(await build(building, options)))
      await rename(building, folder)
    } catch (error) {
      await rm(building, { recursive: true, force: true })
      throw error
    }
  }
  return folder
}

/** A folder of its own for a test file, which the file removes by `await using`. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'polyprov-example-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

export interface Example extends AsyncDisposable {
  readonly folder: string
  readonly summary: Summary
  /** Opens the example as its configuration says. */
  open(options?: OpenOptions): Promise<Polystore>
}

/** A copy of the example that its taker may change. */
export async function takeExample(kind: ExampleKind = 'synthetic'): Promise<Example> {
  const shared = await sharedExample(kind)
  const { path, ...folder } = await temporaryFolder()
  await cp(shared, path, { recursive: true, preserveTimestamps: true })
  return {
    folder: path,
    summary: JSON.parse(await readFile(join(path, 'summary.json'), 'utf8')) as Summary,
    open: (options) => open(join(path, 'polyprov.yaml'), options),
    ...folder,
  }
}
