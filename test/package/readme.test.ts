import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { vocabularyTables } from '../../scripts/vocabulary-tables.js'
import { parseConfiguration } from '../../src/configuration/parse.ts'
import { open } from '../../src/index.ts'
import { VOCABULARIES } from '../../src/provenance/vocabulary.ts'
import { allRoutes } from '../../src/server/routes.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

const readme = await readFile(join(root, 'README.md'), 'utf8')
const blocks = (language: string): readonly string[] =>
  [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter((match) => match[1] === language).map((match) => match[2]!)

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-readme-'))
  await symlink(join(root, 'dist'), join(folder, 'dist'))
  await mkdir(join(folder, 'node_modules'))
  await symlink(root, join(folder, 'node_modules', 'polyprov'))
  await run(process.execPath, ['dist/src/cli/main.js', 'demo'], { cwd: folder })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('README', () => {
  test('its commands do what it says', async () => {
    const script = blocks('sh')
      .join('\n')
      .replaceAll('8080', String(await freePort()))
    const { stdout } = await run('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: folder })
    expect(stdout).toMatch(/^provenance\tcolumnar\tprovenance\t/m)
    expect(stdout).toMatch(/"netherlands\.sgy".*\t104\t"North Sea Basin"\t"F3 block"/)
    expect(stdout.match(/^netherlands\.sgy,48\r?$/gm)).toHaveLength(2)
    expect(stdout).toContain('resolve ?file by')
    expect(stdout).toMatch(/^digraph/m)
    expect(stdout).toMatch(/"rows":\[\s*\{"seismic":"[^"]+","path":"netherlands\.sgy"/)
    expect(stdout).toMatch(/"id":"notes","type":"memory"/)
  }, 240_000)

  test('its script runs', async () => {
    const [script = ''] = blocks('js')
    await writeFile(join(folder, 'tour.mjs'), script)
    const { stdout } = await run(process.execPath, ['tour.mjs'], { cwd: folder })
    expect(stdout.trim().split('\n').length).toBeGreaterThan(2)
    expect(stdout).toMatch(/^0\.\d+ urn:polyprov:store\/models\/object\//)
  })

  test('its configuration is one', () => {
    const [text = ''] = blocks('yaml')
    expect(parseConfiguration(text, 'README.md').stores.map(({ type }) => type)).toContain('documents')
  })

  test('its table of stores has every type that there is', async () => {
    const listed = [...readme.matchAll(/^\| `(\w+)` +\|/gm)].map((match) => match[1]!)
    await using polystore = await open({ stores: [] })
    const refusal = await polystore.stores
      .register({ id: 'x', type: 'nonsense' })
      .catch((error: Error) => error.message)
    const known = /known are (.*), and the path/.exec(String(refusal))?.[1]?.split(', ')
    expect(listed.sort()).toEqual(known?.sort())
  })
})

describe('documents', () => {
  test('have every route', async () => {
    const text = await readFile(join(root, 'docs/rest.md'), 'utf8')
    const paths = allRoutes('0.0.0').map(({ path }) => path.replace(/[:*](\w+)/g, '{$1}'))
    expect(paths.filter((path) => !/\.(css|js)$/.test(path) && !text.includes(path))).toEqual([])
  })

  test('have every term of the vocabularies', async () => {
    const unpadded = (text: string) => text.replace(/ {2,}/g, ' ').replace(/-{4,}/g, '---')
    const text = await readFile(join(root, 'docs/vocabulary.md'), 'utf8')
    expect(unpadded(text), 'npm run docs writes it').toContain(unpadded(vocabularyTables(VOCABULARIES)))
  })

  test('lead only to what is there', async () => {
    const docs = (await readdir(join(root, 'docs'), { recursive: true })).filter((name) => name.endsWith('.md'))
    const files = [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      ...docs.map((name) => `docs/${name}`),
    ]
    const broken: string[] = []
    for (const file of files) {
      const text = await readFile(join(root, file), 'utf8')
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => join(dirname(file), match[1]!))
      const paths = [...text.matchAll(/`((?:planner|connectors|src|examples|test|scripts)\/[\w./-]+)`/g)].map(
        (match) => match[1]!,
      )
      for (const path of [...links, ...paths]) {
        await access(join(root, path)).catch(() => broken.push(`${file}: ${path}`))
      }
    }
    expect(broken).toEqual([])
  })
})
