import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadQuads } from '../../src/cli/load-quads.ts'
import { open } from '../../src/open.ts'
import { polyprov } from './running.ts'

let folder: string
let config: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-cli-load-'))
  config = join(folder, 'polyprov.yaml')
  await writeFile(config, 'stores:\n  - { id: provenance, type: columnar, path: ./provenance, role: provenance }\n')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const FORMS = [
  ['ttl', '_:a <urn:p> [] .'],
  ['nt', '_:a <urn:p> _:b .'],
  ['nq', '_:a <urn:p> _:b <urn:g> .'],
  ['trig', '<urn:g> { _:a <urn:p> [] }'],
  ['jsonld', '{ "@id": "_:a", "urn:p": { "@id": "_:b" } }'],
] as const

test.each(FORMS)('blank nodes of one .%s are others each time it is loaded', async (ending, text) => {
  const path = join(folder, `document.${ending}`)
  await writeFile(path, text)
  const labels = new Set<string>()
  for (let time = 0; time < 2; time++) {
    for await (const [quad] of loadQuads(path, new AbortController().signal)) {
      expect(quad!.predicate.value).toBe('urn:p')
      for (const term of [quad!.subject, quad!.object]) labels.add(`${term.termType} ${term.value}`)
    }
  }
  expect([...labels].filter((label) => label.startsWith('BlankNode'))).toHaveLength(4)
})

test('files that use one label stay apart in the store, whatever process loads them', async () => {
  for (const name of ['one', 'two']) {
    const path = join(folder, `${name}.ttl`)
    await writeFile(path, `_:a <urn:name> "${name}" .`)
    expect((await polyprov(['load', '--config', config, path])).stderr).toContain('loaded 1 quads into provenance')
  }
  await using polystore = await open(config)
  expect(await polystore.query('SELECT DISTINCT ?s { ?s <urn:name> ?name }').toArray()).toHaveLength(2)
})

test.each([
  ['ttl', '<urn:a> <urn:p> .', /broken\.ttl: .*line 1/],
  ['jsonld', '{ "@context": "https://example.org/c", "@id": "urn:a" }', /https:\/\/example\.org\/c is not fetched/],
])('a .%s that cannot be read is named', async (ending, text, message) => {
  const path = join(folder, `broken.${ending}`)
  await writeFile(path, text)
  const { code, stderr } = await polyprov(['load', '--config', config, path])
  expect(code).toBe(2)
  expect(stderr).toMatch(message)
})
