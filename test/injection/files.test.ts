import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import files from '../../connectors/objects/files/index.ts'
import { temporaryFolder } from '../conformance/subjects.ts'
import { expectOwnNamesOnly, expectOwnObjectsOnly, OBJECTS, survey } from './locators.ts'
import { BASE } from './notes.ts'

describe('a folder of files is never left', () => {
  let folder: string
  const open = () => files({ id: 'files', type: 'files', path: './data' }, { base: BASE, folder })
  const listing = async () => (await readdir(folder, { recursive: true })).sort()
  let before: readonly string[]
  beforeAll(async () => {
    folder = await temporaryFolder()
    await mkdir(join(folder, 'data'))
    await writeFile(join(folder, 'secret.sgy'), await survey(7))
    const bytes = await survey(3)
    for (const name of OBJECTS) await writeFile(join(folder, 'data', name), bytes)
    before = await listing()
  })
  afterAll(async () => {
    expect(await listing()).toEqual(before)
    await rm(folder, { recursive: true, force: true })
  })

  it('by a locator of the provenance', () => expectOwnObjectsOnly(open()))
  it('by the name of an object', () => expectOwnNamesOnly(open()))
})
