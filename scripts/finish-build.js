// What the compiler leaves to do: outputs of sources that are gone, the vocabularies and the schema that the package
// ships, and the right to execute the command line.
import { existsSync } from 'node:fs'
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DIST = join(ROOT, 'dist')

/** Folders that the compiler writes to, as in tsconfig.build.json. */
const COMPILED = ['planner', 'connectors', 'src', 'examples', 'bench']
const OUTPUT = /(\.d\.ts|\.js)$/

for (const folder of COMPILED) {
  const names = await readdir(join(DIST, folder), { recursive: true }).catch(() => [])
  for (const name of names.filter((each) => OUTPUT.test(each))) {
    const source = join(ROOT, folder, name.replace(OUTPUT, ''))
    if (!existsSync(`${source}.ts`) && !existsSync(`${source}.js`)) await rm(join(DIST, folder, name))
  }
}

const { vocabularyTurtle } = await import('../dist/src/provenance/vocabulary.js')
const { configurationJsonSchema } = await import('../dist/src/configuration/schema.js')

/** Name of each published vocabulary, and the prefix that it is written with. */
const VOCABULARIES = { provml: 'provml', provlake: 'pl', segy: 'segy', hdf5: 'hdf5' }

await mkdir(join(DIST, 'ns'), { recursive: true })
for (const [name, prefix] of Object.entries(VOCABULARIES)) {
  await writeFile(join(DIST, 'ns', `${name}.ttl`), vocabularyTurtle(prefix))
}
await writeFile(join(DIST, 'polyprov.schema.json'), `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n`)
await chmod(join(DIST, 'src/cli/main.js'), 0o755)
