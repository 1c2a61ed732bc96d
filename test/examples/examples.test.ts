import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-examples-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What a compiled example prints, over the seismic example that the first of them builds. */
async function output(name: string): Promise<readonly string[]> {
  const { stdout, stderr } = await run(process.execPath, [`dist/examples/${name}.js`, join(folder, 'seismic')], {
    cwd: root,
  })
  expect(stderr).toBe('')
  return stdout.trimEnd().split('\n')
}

describe('examples', () => {
  test('01 asks for models by loss', async () => {
    const lines = await output('01-query')
    const losses = lines.map((line) => Number(line.split(' ')[0]))
    expect(losses.length).toBeGreaterThan(2)
    expect(losses).toEqual([...losses].sort((a, b) => a - b))
    expect(losses.every((loss) => loss < 0.5)).toBe(true)
    expect(lines.every((line) => / urn:polyprov:store\/models\/object\//.test(line))).toBe(true)
  })

  test('02 goes from a model back to annotations and headers', async () => {
    const text = (await output('02-backward')).join('\n')
    expect(text).toMatch(
      /path: 'netherlands\.sgy',\s+basin: 'North Sea Basin',\s+field: 'F3 block',\s+inlines: 48,\s+crosslines: 56,/,
    )
    const bytes = Number(/^seismic: \d+ requests, (\d+) bytes$/m.exec(text)?.[1])
    expect(bytes).toBeGreaterThan(3600)
    expect(bytes).toBeLessThan(100_000)
    expect(text).toMatch(/^provenance: 1 requests/m)
    expect(text).toMatch(/^annotations: 1 requests/m)
  })

  test('03 goes from a polygon forward to models, the document store first', async () => {
    const lines = await output('03-forward')
    const models = lines.filter((line) => line.startsWith('netherlands.sgy urn:polyprov:store/models/object/'))
    expect(models).toHaveLength(18)
    expect(lines.filter((line) => line.includes('.sgy urn:'))).toHaveLength(18)
    expect(lines.join('\n')).toMatch(/fragment of surveys\n.*"\$geoIntersects"[\s\S]*fragment of provenance/)
  })

  test('04 queries a connector of its own together with the provenance', async () => {
    const text = (await output('04-connector')).join('\n')
    expect(text).toMatch(/reviewer: 'Ana',\s+model: '.*netherlands-inline-106-129-1%2Fmodel\.json'/)
    expect(text).toMatch(/inlines: 48/)
    expect(text).not.toContain('Ben')
    expect(text).toContain('asked: provenance, reviews, seismic')
  })

  test('05 registers a store with a running server', async () => {
    expect(await output('05-register-over-rest')).toEqual([
      '201 /api/v1/stores/notes',
      'license,models\r',
      'https://creativecommons.org/licenses/by-sa/3.0/,18',
    ])
  })

  test('06 sees each epoch of a training while it runs', async () => {
    const epochs = (count: number) =>
      Array.from({ length: count }, (_, index) => `epoch ${index + 1} has 4 batches`).join(', ')
    expect(await output('06-watch-a-training')).toEqual([
      `in epoch 1: ${epochs(1)}`,
      `in epoch 2: ${epochs(2)}`,
      `in epoch 3: ${epochs(3)}`,
      `at the end: ${epochs(3)}`,
    ])
  })

  test('every example is here, and says what it shows', async () => {
    const names = (await readdir(join(root, 'examples'))).filter((name) => /^\d\d-.*\.ts$/.test(name))
    expect(names).toHaveLength(7)
    for (const name of names) expect(await readFile(join(root, 'examples', name), 'utf8'), name).toMatch(/^\/\/ \S/)
  })
})
