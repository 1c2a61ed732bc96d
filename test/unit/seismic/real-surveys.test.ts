import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { buildSeismicExample } from '../../../examples/seismic/index.ts'
import { provenanceSet } from './provenance-set.ts'

const reference = resolve(process.env['POLYPROV_REFERENCE'] ?? '../shared/reference', 'segy')
const present = existsSync(reference)
if (!present) {
  if (process.env['CI'] === 'true') throw new Error(`the reference data is missing: ${reference}`)
  console.log(`skipped: no reference data at ${reference}`)
}

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seismic-'))
})

afterEach(() => rm(directory, { recursive: true, force: true }))

const seismic = (locator: string): string => `urn:polyprov:store/seismic/object/${encodeURIComponent(locator)}`
const SETTINGS = { tiles: 100, epochs: 2 }

describe.skipIf(!present)('a folder of real SEG-Y files', () => {
  test('what can be tiled is trained on, the rest is recorded as failed', async () => {
    const provenance = provenanceSet()
    const { write } = provenance
    const summary = await buildSeismicExample({ directory, surveys: reference, write, settings: SETTINGS })
    const locators = summary.surveys.map(({ locator }) => locator)
    expect(locators).toContain('f3.sgy')
    expect(locators.filter((locator) => locator.startsWith('multiformats/'))).toHaveLength(6)
    expect(summary.surveys.every(({ annotated }) => !annotated)).toBe(true)
    expect(summary.models.map(({ survey }) => survey)).toContain('f3.sgy')
    expect(summary.models.length).toBeGreaterThanOrEqual(12)
    expect(summary.trainingSets.every(({ labels }) => labels === 'energy above the median')).toBe(true)

    const failed = new Map(summary.failedCurations.map(({ locator, reason }) => [locator, reason]))
    expect(failed.get('small.sgy')).toContain('smaller than a tile')
    expect(failed.get('text.sgy')).toContain('SEG-Y')
    for (const locator of failed.keys()) {
      const users = provenance.subjects('prov:used', seismic(locator))
      expect(users.map((user) => provenance.objects(user, 'pl:status'))).toEqual([['FAILED']])
      expect(provenance.subjects('prov:wasDerivedFrom', seismic(locator))).toEqual([])
    }
    for (const model of summary.models) {
      const behind = [...provenance.closure(model.iri, 'prov:wasDerivedFrom')]
      expect(behind.filter((node) => node.startsWith(seismic('')))).toEqual([seismic(model.survey)])
    }
    const names = [...provenance.quads.values()].map(({ object }) => object.value)
    expect(names).not.toContain('https://w3id.org/polyprov/example/seismic#Survey')
    const configuration = parse(await readFile(join(directory, 'polyprov.yaml'), 'utf8'))
    expect(configuration.stores.find(({ id }: { id: string }) => id === 'seismic').path).toBe(reference)
  })

  test('annotations beside the files are found by the name of the file', async () => {
    const surveys = join(directory, 'surveys')
    await mkdir(join(surveys, 'north'), { recursive: true })
    await copyFile(join(reference, 'f3.sgy'), join(surveys, 'north', 'f3.sgy'))
    await copyFile(join(reference, 'f3.sgy'), join(surveys, 'other.sgy'))
    await writeFile(
      join(surveys, 'annotations.ttl'),
      `@prefix og: <https://w3id.org/polyprov/example/seismic#> .
<urn:survey:one> a og:Survey ; og:file "north/f3.sgy" ; og:basin "North Sea" ; og:field "F3" .`,
    )
    const provenance = provenanceSet()
    const { write } = provenance
    const built = join(directory, 'built')
    const summary = await buildSeismicExample({ directory: built, surveys, write, settings: SETTINGS })
    expect(summary.surveys.map(({ locator, annotated }) => [locator, annotated])).toEqual([
      ['north/f3.sgy', true],
      ['other.sgy', false],
    ])
    const notes = provenance.subjects('pl:value', 'urn:survey:one')
    expect(notes).toHaveLength(1)
    expect(provenance.objects(notes[0]!, 'prov:wasDerivedFrom')).toEqual([seismic('north/f3.sgy')])
    const text = await readFile(join(built, 'annotations', 'surveys.ttl'), 'utf8')
    expect(text).toContain('North Sea')
    expect(summary.trainingSets).toHaveLength(5)
  })
})

test('a folder without SEG-Y files, or none at all, is a usage error that names it', async () => {
  const { write } = provenanceSet()
  const build = (surveys: string) => buildSeismicExample({ directory: join(directory, 'built'), surveys, write })
  await expect(build(directory)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('.sgy') })
  await expect(build(join(directory, 'none'))).rejects.toMatchObject({ code: 'usage' })
})
