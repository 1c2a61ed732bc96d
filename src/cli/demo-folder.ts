import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openColumnar } from '../../connectors/columnar/index.ts'
import { buildSeismicExample, isBuilt } from '../../examples/seismic/index.ts'
import { VIEW_FILES } from '../../examples/seismic/settings.ts'
import { wellsPath } from '../../examples/seismic/wells.ts'
import { PolyprovError } from '../../planner/errors.ts'
import { type CommandContext, say } from './context.ts'
import { createProgress } from './progress.ts'

/** Stands in the folder while the example is being built: what is in it then is ours to throw away. */
const BUILDING = '.building'
const BASE = 'urn:polyprov:'

/** The configuration of the example in servers, beside that of the embedded stores. */
export const REAL_CONFIGURATION = 'polyprov.real.yaml'

/** What a build leaves behind, whole or not. */
const ENTRIES: ReadonlySet<string> = new Set([
  BUILDING,
  '.complete',
  'polyprov.yaml',
  REAL_CONFIGURATION,
  ...Object.values(VIEW_FILES),
  'annotations',
  'documents',
  'registry',
  'models',
  'provenance',
  'seismic',
  'tiles',
])

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

async function entriesOf(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw new PolyprovError('usage', `${directory} cannot be used: ${(error as Error).message}`, { cause: error })
  })
}

/** Empties a half-made example. @throws `usage` where the folder holds anything else: it is not ours to delete */
async function clear(directory: string, entries: readonly string[]): Promise<void> {
  if (entries.length === 0) return
  const foreign = entries.find((entry) => !ENTRIES.has(entry))
  const isOurs = entries.includes(BUILDING) || entries.includes('polyprov.yaml') || entries.includes('provenance')
  if (foreign !== undefined || !isOurs) {
    throw new PolyprovError(
      'usage',
      `${directory} holds other files (${foreign ?? entries[0]}): name an empty or a new folder with --data`,
    )
  }
  for (const entry of entries) await rm(join(directory, entry), { recursive: true, force: true })
}

/** Whether the example was built from these surveys; from any where none are named. */
async function isBuiltFrom(directory: string, surveys: string | undefined): Promise<boolean> {
  if (!(await isBuilt(directory)) || !existsSync(wellsPath(directory))) return false
  if (surveys === undefined) return true
  const { surveys: built } = JSON.parse(await readFile(join(directory, '.complete'), 'utf8')) as { surveys?: unknown }
  return built === surveys
}

async function build(directory: string, surveys: string | undefined, context: CommandContext): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, BUILDING), '')
  const progress = createProgress(context)
  const definition = { id: 'provenance', type: 'columnar', path: './provenance', role: 'provenance' } as const
  const store = await openColumnar(definition, { base: BASE, folder: directory })
  let stage = ''
  try {
    const summary = await buildSeismicExample({
      directory,
      base: BASE,
      ...(surveys === undefined ? {} : { surveys }),
      write: (change) => store.write(change),
      signal: context.signal,
      onProgress: (event) => {
        if (event.stage !== stage && context.stderr.isTTY !== true) say(context, `${event.stage} …`)
        stage = event.stage
        progress.update(`${event.stage}: ${event.name}`, event.done, event.total)
      },
    })
    progress.end()
    const { surveys: read, trainingSets, models, failedCurations } = summary
    say(context, `built ${read.length} surveys, ${trainingSets.length} training sets, ${models.length} models`)
    for (const failed of failedCurations) say(context, `left out: ${JSON.stringify(failed)}`)
  } finally {
    progress.end()
    await store[Symbol.asyncDispose]()
  }
  await rm(join(directory, BUILDING), { force: true })
}

/** Makes sure that the folder holds the whole example: reused where it is there, made anew where it is half-made. */
export async function provideExample(
  directory: string,
  surveys: string | undefined,
  context: CommandContext,
): Promise<void> {
  if (await isBuiltFrom(directory, surveys)) {
    say(context, `${directory} holds the example already`)
    return
  }
  const entries = await entriesOf(directory)
  await clear(directory, entries)
  if (entries.length > 0) say(context, `${directory} was half-made, or made of other surveys: it is made anew`)
  say(context, `building the example in ${directory}`)
  await build(directory, surveys, context)
}
