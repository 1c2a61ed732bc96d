import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** Types that a consumer of the declarations needs beside the package: those of the compiler and of Node. */
const COMPILERS = ['typescript', '@types/node']

const USE = `
import { iri, open, sparql } from 'polyprov'
import { createServer } from 'polyprov/server'
import { optimise, parse } from 'polyprov/planner'
import { objectIri, storeIri } from 'polyprov/connector'
import memory from 'polyprov/connectors/memory'

const polystore = await open({ stores: [{ id: 'notes', type: 'memory', data: '<urn:a> <urn:says> 1, 2 .' }] })
const rows = await polystore.query(sparql\`SELECT ?n { \${iri('urn:a')} <urn:says> ?n } ORDER BY ?n\`).toArray()
const server = createServer(polystore)
const url = await server.listen(0)
const answer = await fetch(new URL('/sparql?query=ASK%20%7B%7D', url))
await server.close()
await polystore.close()
console.log(JSON.stringify({
  rows,
  answer: await answer.json(),
  plan: optimise(parse('SELECT * { ?s ?p ?o }').plan, { base: 'urn:x:', sources: [] }).plan.kind,
  object: objectIri('urn:x:', 'a', 'b/c').startsWith(storeIri('urn:x:', 'a')),
  connector: memory({ id: 'm', type: 'memory' }, { base: 'urn:x:' }).iri,
}))
`

const TYPED = `
import { type Connector, type ConnectorFactory, open, type Polystore, type StoreInfo } from 'polyprov'
import { createServer, type PolyprovServer, type ServerOptions } from 'polyprov/server'
import { type Plan, type Rule, optimise, parse } from 'polyprov/planner'
import { type Dictionary, storeIri } from 'polyprov/connector'
import openColumnar from 'polyprov/connectors/columnar'

const options: ServerOptions = { timeout: 1_000 }
export const factory: ConnectorFactory = openColumnar
export async function use(): Promise<readonly StoreInfo[]> {
  await using polystore: Polystore = await open()
  const server: PolyprovServer = createServer(polystore, options)
  for await (const { n } of polystore.query<{ n: number }>('SELECT ?n {}')) n.toFixed()
  // @ts-expect-error a query is a text
  polystore.query(1)
  await server.close()
  return polystore.stores.list()
}
export const plan: Plan = optimise(parse('ASK {}').plan, { base: storeIri('urn:', 'x'), sources: [] }).plan
export type Used = [Connector, Rule, Dictionary]
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-package-'))
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root, maxBuffer: 1 << 26 })
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  const { devDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const compilers = COMPILERS.map((name) => `${name}@${devDependencies[name]}`)
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`, ...compilers], {
    cwd: folder,
    maxBuffer: 1 << 26,
  })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the packed package', () => {
  test('holds what it needs, and nothing of the tests', async () => {
    const names = await readdir(join(folder, 'node_modules/polyprov'), { recursive: true })
    expect(names).toEqual(
      expect.arrayContaining(['dist/ns/provml.ttl', 'dist/ns/provlake.ttl', 'dist/polyprov.schema.json', 'LICENSE']),
    )
    expect(names.filter((name) => /(^|\/)test\/|\.tsbuildinfo$|(?<!\.d)\.ts$/.test(name))).toEqual([])
  })

  test('answers the six questions', async () => {
    const { stdout } = await run('npx', ['polyprov', 'demo', '--data', 'example'], {
      cwd: folder,
      maxBuffer: 1 << 26,
    })
    const answers = stdout.split(/^(?=q\d {2})/m)
    expect(answers.map((answer) => answer.slice(0, 2))).toEqual(['q1', 'q2', 'q3', 'q4', 'q5', 'q6'])
    for (const answer of answers) expect(answer).toMatch(/^[1-9]\d* rows?$/m)
  })

  test('is a library', async () => {
    await writeFile(join(folder, 'use.mjs'), USE)
    const { stdout } = await run(process.execPath, ['use.mjs'], { cwd: folder })
    expect(JSON.parse(stdout)).toEqual({
      rows: [{ n: 1 }, { n: 2 }],
      answer: { head: {}, boolean: true },
      plan: 'project',
      object: true,
      connector: 'urn:x:store/m',
    })
  })

  test('has types that a strict consumer can use', async () => {
    await writeFile(join(folder, 'typed.ts'), TYPED)
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023,esnext.disposable']
    const { stdout } = await run('npx', ['tsc', ...options, '--noEmit', '--types', 'node', 'typed.ts'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error)
    expect(stdout).toBe('')
  })
})
