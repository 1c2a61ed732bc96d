import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { open } from '../../src/open.ts'
import { temporaryFolder } from '../conformance/subjects.ts'
import { DEFINITIONS, WRONG } from './definitions.ts'
import { seenOf, seenOnCommandLine, seenOverHttp } from './expose.ts'
import { FAULTS } from './faults.ts'
import { PASSWORD, reachable, TOKEN } from './secrets.ts'

let folder: string
const said: unknown[] = []
beforeAll(async () => {
  folder = await temporaryFolder()
  await writeFile(
    join(folder, 'views.yaml'),
    'mappings: { thing: { sources: [[t]], s: "http://x/$(id)", po: [["http://x/p~iri", $(p)]] } }',
  )
  for (const name of ['log', 'warn', 'error', 'info', 'debug'] as const)
    vi.spyOn(console, name).mockImplementation((...all) => void said.push(all))
})
afterEach(() => expect(reachable(said)).toEqual([]))
afterAll(async () => {
  vi.restoreAllMocks()
  await rm(folder, { recursive: true, force: true })
})

const rejection = (promise: Promise<unknown>) =>
  promise.then(
    async (opened) => {
      await (opened as AsyncDisposable)[Symbol.asyncDispose]()
      return undefined
    },
    (error: unknown) => error,
  )

/** The configuration's folder has `views.yaml`, for definitions are as good as in a file there. */
const configurationOf = (definition: object) => ({
  stores: [
    Object.fromEntries(
      Object.entries(definition).map(([name, value]) => [
        name,
        value === './views.yaml' ? join(folder, 'views.yaml') : value,
      ]),
    ),
  ],
})

describe.each(Object.entries(DEFINITIONS))('no credential of %s is told', (kind, definitionOf) => {
  it.each(Object.entries(FAULTS).filter(([name]) => kind.startsWith('postgres') || name !== 'refuses the password'))(
    'by a server that %s',
    async (_, provoke) => {
      await using fault = await provoke()
      const definition = definitionOf(fault)
      const configuration = configurationOf(definition)
      expect(reachable(await rejection(open(configuration)))).toEqual([])
      await using polystore = await open(configuration, { force: true })
      expect(reachable(await seenOf(polystore))).toEqual([])
      expect(reachable(await seenOverHttp(polystore, configuration.stores[0]!))).toEqual([])
    },
  )

  it('on the command line, from the environment and from files', async () => {
    await using fault = await FAULTS['denies access']!()
    const home = join(folder, kind.replaceAll(/\W+/g, '-'))
    await mkdir(join(home, 'secrets'), { recursive: true })
    await writeFile(join(home, 'views.yaml'), await readFile(join(folder, 'views.yaml')))
    const definition = definitionOf(fault)
    const hidden = await hide(definition, join(home, 'secrets'))
    const file = join(home, 'polyprov.yaml')
    await writeFile(file, JSON.stringify({ stores: [hidden] }))
    expect(reachable(await seenOnCommandLine(file))).toEqual([])
    // With the credentials in the file itself, too.
    const plain = join(home, 'plain.yaml')
    await writeFile(plain, JSON.stringify({ stores: [definition] }))
    expect(reachable(await seenOnCommandLine(plain))).toEqual([])
    for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name)
      if (!entry.isFile() || path === plain || entry.parentPath.endsWith('secrets')) continue
      expect({ path, found: reachable(await readFile(path, 'latin1')) }).toEqual({ path, found: [] })
    }
  })
})

/** The definition with every credential by turns in a file and in the environment. */
async function hide(value: unknown, secrets: string, path = ''): Promise<unknown> {
  if (typeof value === 'string' && reachable(value).length > 0) {
    const name = `POLYPROV_TEST${path.toUpperCase().replaceAll(/\W/g, '_')}`
    vi.stubEnv(name, value)
    if (path.length % 2 === 0) return `\${${name}}`
    await writeFile(join(secrets, name), value)
    return { file: `./secrets/${name}` }
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(async ([name, each]) => [
    name,
    await hide(each, secrets, `${path}.${name}`),
  ])
  return Object.fromEntries(await Promise.all(entries))
}

describe('wrong definitions', () => {
  it.each(WRONG.map((definition, i) => [`${i} of ${definition.type}`, definition] as const))(
    '%s are refused without their credentials',
    async (_, definition) => {
      const error = await rejection(open(configurationOf(definition)))
      expect(error).toMatchObject({ code: expect.any(String) })
      expect(reachable(error)).toEqual([])
      await using polystore = await open({ stores: [{ id: 'm', type: 'memory', data: '<urn:a> <urn:b> 1 .' }] })
      expect(reachable(await seenOverHttp(polystore, configurationOf(definition).stores[0]!))).toEqual([])
    },
  )
})

it('finds what is hidden', () => {
  const cause = Object.assign(new Error('x'), { config: new Map([['url', { a: [`Basic ${TOKEN}`] }]]) })
  Object.defineProperty(cause, 'secretly', { value: encodeURIComponent(PASSWORD), enumerable: false })
  expect(reachable(new Error('outer', { cause })).length).toBeGreaterThan(1)
})
