import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ALL_GRAPHS, openTripleStore, type TripleStore } from '../../../connectors/columnar/store/index.ts'
import { iri, quad } from '../../../planner/term.ts'

const PER_COMMIT = 100

const commitOf = (number: number) =>
  Array.from({ length: PER_COMMIT }, (_, index) =>
    quad(iri(`urn:commit:${number}`), iri('urn:p'), iri(`urn:o:${index}`)),
  )

/** How many quads each commit has in a store, by its number. */
function commitsIn(store: TripleStore): Map<number, number> {
  const snapshot = store.snapshot()
  const counts = new Map<number, number>()
  snapshot.match(0, 0, 0, ALL_GRAPHS, (subject) => {
    const number = Number(snapshot.dictionary.key(subject).split(':').at(-1))
    counts.set(number, (counts.get(number) ?? 0) + 1)
  })
  return counts
}

const WRITER = `
import { writeSync } from 'node:fs'
import { openTripleStore } from './connectors/columnar/store/index.js'
import { iri, quad, termKey } from './planner/term.js'
const [path, first, mode] = process.argv.slice(2)
const store = await openTripleStore({ path, tidyAfter: 2000 })
const commitOf = (number) =>
  Array.from({ length: ${PER_COMMIT} }, (_, i) => quad(iri('urn:commit:' + number), iri('urn:p'), iri('urn:o:' + i)))
const idQuads = (transaction, quads) => ({
  ids: Uint32Array.from(quads.flatMap((each) => [each.subject, each.predicate, each.object].map((term) => transaction.add(termKey(term))).concat(0))),
  length: quads.length,
})
const replace = (number) =>
  store.transaction(async (transaction) => {
    const own = idQuads(transaction, commitOf(number))
    const passing = idQuads(transaction, commitOf('x'))
    const none = idQuads(transaction, [])
    await transaction.change({ remove: none, add: passing })
    await transaction.change({ remove: idQuads(transaction, commitOf(number - 1)), add: none })
    await transaction.change({ remove: passing, add: own })
  })
for (let number = Number(first); ; number++) {
  if (mode === 'replace') await replace(number)
  else await store.write({ add: commitOf(number) })
  writeSync(1, number + '\\n')
}
`

let folder: string
let writer: string

/** The store as JavaScript: a process of its own cannot run TypeScript on every supported version of Node. */
async function transpile(): Promise<string> {
  const root = resolve(import.meta.dirname, '../../..')
  const out = join(folder, 'built')
  const sources = ['connectors/columnar/store', 'planner']
  for (const source of sources)
    for (const name of await readdir(join(root, source))) {
      if (!name.endsWith('.ts')) continue
      const text = await readFile(join(root, source, name), 'utf8')
      const compilerOptions = {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2023,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      }
      const path = join(out, source, name.replace(/\.ts$/, '.js'))
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, ts.transpileModule(text, { compilerOptions }).outputText)
    }
  await symlink(join(root, 'node_modules'), join(out, 'node_modules'))
  await writeFile(join(out, 'package.json'), '{ "type": "module" }')
  await writeFile(join(out, 'writer.js'), WRITER)
  return join(out, 'writer.js')
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-durability-'))
  writer = await transpile()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Kills a writer after some acknowledged commits; the number of the last one. */
async function writeAndKill(path: string, first: number, commits: number, mode = 'add'): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [writer, path, String(first), mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let last = first - 1
  for await (const line of createInterface({ input: child.stdout! })) {
    last = Number(line)
    if (last === first)
      await expect(openTripleStore({ path })).rejects.toThrow(new RegExp(`${path} is in use by process ${child.pid} `))
    if (last === first + commits) child.kill('SIGKILL')
  }
  await exited
  return last
}

describe('a triple store on disk', () => {
  it('loses no acknowledged commit when its process is killed, and recovers the stale lock', async () => {
    const path = join(folder, 'killed')
    let next = 0
    for (const commits of [1, 17, 64]) {
      const last = await writeAndKill(path, next, commits)
      const store = await openTripleStore({ path })
      const found = commitsIn(store)
      await store.close()
      expect(last).toBeGreaterThanOrEqual(next + commits)
      for (let number = 0; number <= last; number++) expect(found.get(number)).toBe(PER_COMMIT)
      // The commit under way may be there, but only whole.
      expect(found.get(last + 1) ?? PER_COMMIT).toBe(PER_COMMIT)
      expect(found.size).toBeLessThanOrEqual(last + 2)
      next = found.size
    }
  }, 60_000)

  it('keeps a transaction whole, or nothing of it, when its process is killed', async () => {
    const path = join(folder, 'replaced')
    let next = 0
    for (const commits of [1, 9, 40]) {
      const last = await writeAndKill(path, next, commits, 'replace')
      const store = await openTripleStore({ path })
      const found = [...commitsIn(store)]
      await store.close()
      expect(found).toHaveLength(1)
      const [[number, quads]] = found as [[number, number]]
      expect(quads).toBe(PER_COMMIT)
      expect([last, last + 1]).toContain(number)
      next = number + 1
    }
  }, 60_000)

  it('cuts a torn record off the end of its log', async () => {
    const path = join(folder, 'torn')
    const store = await openTripleStore({ path })
    const log = join(path, 'log-1')
    const sizes: number[] = []
    for (let number = 0; number < 3; number++) {
      await store.write({ add: commitOf(number) })
      sizes.push((await readFile(log)).length)
    }
    await store.close()
    for (const size of [0, 5, sizes[0]! - 1, sizes[0]!, sizes[0]! + 3, sizes[1]! + 50, sizes[2]! - 1, sizes[2]!]) {
      const copy = join(folder, `torn-${size}`)
      await cp(path, copy, { recursive: true })
      await truncate(join(copy, 'log-1'), size)
      if (size % 2 === 1) await appendFile(join(copy, 'log-1'), Buffer.alloc(40))
      const whole = sizes.filter((each) => each <= size).length
      const reopened = await openTripleStore({ path: copy })
      expect(commitsIn(reopened).size).toBe(whole)
      await reopened.write({ add: commitOf(9) })
      await reopened.close()
      const again = await openTripleStore({ path: copy })
      expect([...commitsIn(again).values()]).toEqual(Array.from({ length: whole + 1 }, () => PER_COMMIT))
      await again.close()
    }
  })

  it('says which file is damaged', async () => {
    const path = join(folder, 'damaged')
    const store = await openTripleStore({ path })
    for (let number = 0; number < 3; number++) await store.write({ add: commitOf(number) })
    await store.close()
    const log = join(path, 'log-1')
    await flip(log, 100)
    await expect(openTripleStore({ path })).rejects.toMatchObject({ code: 'store-failed', details: { locator: log } })
    await flip(log, 100)
    const mended = await openTripleStore({ path })
    await mended.compact()
    await mended.close()
    for (const name of (await readdir(path)).filter((each) => /^(?:table|dictionary)/.test(each))) {
      await flip(join(path, name), 60)
      await expect(openTripleStore({ path })).rejects.toThrow(join(path, name))
      await flip(join(path, name), 60)
    }
    const whole = await openTripleStore({ path, readOnly: true })
    expect(commitsIn(whole).size).toBe(3)
    await expect(whole.write({ add: commitOf(4) })).rejects.toMatchObject({ code: 'forbidden' })
    await whole.close()
    await rm(join(path, 'manifest.json'))
    await expect(openTripleStore({ path })).rejects.toThrow(/has lost its manifest.json/)
  })

  it('is held by one writer; readers may look on', async () => {
    const path = join(folder, 'held')
    const store = await openTripleStore({ path })
    await store.write({ add: commitOf(1) })
    await expect(openTripleStore({ path })).rejects.toThrow(`${path} is in use`)
    const reader = await openTripleStore({ path, readOnly: true })
    expect(commitsIn(reader).size).toBe(1)
    await reader.close()
    await store.close()
    await expect(store.write({})).rejects.toThrow('is closed')
    await writeFile(
      join(path, 'lock'),
      JSON.stringify({ pid: 2 ** 30, host: (await import('node:os')).hostname(), started: '' }),
    )
    const again = await openTripleStore({ path })
    await again.close()
  })
})

async function flip(path: string, position: number): Promise<void> {
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, position)
  await file.write(Buffer.of(byte[0]! ^ 0x40), 0, 1, position)
  await file.close()
}
