import { join } from 'node:path'
import { type CommandContext, say } from './context.ts'
import { REAL_CONFIGURATION } from './demo-folder.ts'
import { fileStoresOf, readExample, writeRealConfiguration } from './demo-servers/configuration.ts'
import type { Servers } from './demo-servers/environment.ts'
import { loadSurveys } from './demo-servers/mongodb.ts'
import type { LoadContext, Loaded, Names } from './demo-servers/place.ts'
import { loadWells } from './demo-servers/postgres.ts'
import { loadObjects } from './demo-servers/s3.ts'
import { loadAnnotations, readAccess } from './demo-servers/sparql.ts'
import { createProgress } from './progress.ts'

/**
 * Loads the example of a folder into servers, each store under its own id, and writes the configuration that opens it
 * there; gives the file. What is in the servers already is kept. The provenance stays in the folder: it has one writer.
 */
export async function provideServers(
  directory: string,
  servers: Servers,
  names: Names,
  context: CommandContext,
): Promise<string> {
  const { signal } = context
  const example = await readExample(directory)
  const progress = createProgress(context)
  const load: LoadContext = {
    directory,
    names,
    signal,
    progress: (label, done, total) => progress.update(label, done, total),
    warn: (message) => {
      progress.end()
      say(context, `warning: ${message}`)
    },
  }
  const steps: readonly (readonly [server: string, run: () => Promise<Loaded>])[] = [
    ['SPARQL server', () => loadAnnotations(servers.sparql, load)],
    ['MongoDB', () => loadSurveys(servers.mongodb, load)],
    ['PostgreSQL', () => loadWells(servers.postgres, load)],
    ['S3 server', () => loadObjects(servers.s3, fileStoresOf(example, directory), load)],
  ]
  try {
    for (const [server, run] of steps) {
      signal.throwIfAborted()
      const { what, isKept } = await run()
      progress.end()
      say(context, `${server}: ${what}${isKept ? ', as they were' : ''}`)
    }
  } finally {
    progress.end()
  }
  const file = join(directory, REAL_CONFIGURATION)
  await writeRealConfiguration(file, example, servers, names, await readAccess(servers.sparql, names.graph, signal))
  return file
}
