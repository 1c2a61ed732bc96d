import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, it } from 'vitest'
import { conformanceChecks } from '../../../connectors/conformance.ts'
import s3 from '../../../connectors/objects/s3/index.ts'
import { PL, XSD } from '../../../planner/namespaces.ts'
import { iri, literal } from '../../../planner/term.ts'
import { BASE } from '../../conformance/data.ts'
import { objectSubject, temporaryFolder } from '../../conformance/subjects.ts'
import { etagOf, startStub } from './stub.ts'

const folder = await temporaryFolder()
const files = await objectSubject(folder)
const stub = await startStub()
const silent = await startStub()
silent.fault = () => ({ kind: 'silent' })
for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue
  const path = join(entry.parentPath, entry.name)
  stub.objects.set(path.slice(folder.length + 1), await readFile(path))
}
afterAll(async () => {
  await stub[Symbol.asyncDispose]()
  await silent[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** What the files' own quads say, but for the ETag and the time, which are the bucket's. */
const quads = files.quads.map((quad) => {
  const locator = decodeURIComponent(quad.subject.value.split('/object/')[1]!.split('#')[0]!)
  if (quad.predicate.value === `${PL}etag`) return { ...quad, object: literal(etagOf(stub.objects.get(locator)!)) }
  if (quad.predicate.value !== `${PL}modified`) return quad
  return { ...quad, object: literal('2020-11-21T10:00:00.000Z', iri(`${XSD}dateTime`)) }
})
const open = (endpoint: string) =>
  s3({ id: 'files', type: 's3', bucket: 'bucket', endpoint, anonymous: true }, { base: BASE })

describe('the connector s3', () => {
  const subject = { ...files, quads, open: () => open(stub.url), stalled: () => open(silent.url) }
  for (const { name, run } of conformanceChecks(subject)) it(name, run)
})
