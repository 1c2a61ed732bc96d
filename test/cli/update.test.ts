import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { open } from '../../src/open.ts'
import { serveUpdatable } from '../server/updatable.ts'
import { type RunOptions, polyprov as run } from './running.ts'

const polyprov = (argv: readonly string[], options: RunOptions = {}) =>
  run(argv, { open: (file) => open(file), ...options })

let folder: string
let config: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-cli-update-'))
  config = join(folder, 'polyprov.yaml')
  await writeFile(
    config,
    `stores:
  - { id: provenance, type: columnar, path: ./provenance, role: provenance }
  - { id: notes, type: columnar, path: ./notes, update: true }
`,
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('update changes the store that takes updates, and says how much', async () => {
  const inserted = await polyprov(['update', '--config', config, 'INSERT DATA { <urn:a> <urn:p> 1, 2 }'])
  expect(inserted).toMatchObject({ code: 0, stdout: '' })
  expect(inserted.stderr).toContain('notes: 2 added, 0 removed')
  const file = join(folder, 'change.ru')
  await writeFile(file, 'DELETE WHERE { ?s ?p 2 }')
  expect((await polyprov(['update', '--config', config, '--store', 'notes', '--file', file])).stderr).toContain(
    '1 removed',
  )
  const { stdout } = await polyprov([
    'query',
    '--config',
    config,
    'SELECT ?o { <urn:a> <urn:p> ?o }',
    '--format',
    'csv',
  ])
  expect(stdout.split(/\r?\n/)).toEqual(['o', '1', ''])
})

test('update says which store takes none, and where the text is wrong', async () => {
  const refused = await polyprov(['update', '--config', config, '--store', 'provenance', 'CLEAR ALL'])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('update: true')
  const wrong = await polyprov(['update', '--config', config, 'INSERT DATA {'])
  expect(wrong.code).toBe(1)
  expect(wrong.stderr).toMatch(/line 1, column \d+/)
})

test('update asks a server with its token', async () => {
  await using serving = await serveUpdatable({ token: 'sesame' })
  const update = ['update', '--url', serving.url, 'INSERT DATA { <urn:a> <urn:p> 1 }']
  expect((await polyprov(update)).code).toBe(1)
  expect((await polyprov(update, { environment: { POLYPROV_TOKEN: 'sesame' } })).stderr).toContain('store: 1 added')
})
