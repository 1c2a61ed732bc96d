import { rm } from 'node:fs/promises'
import { afterAll, describe, it } from 'vitest'
import { conformanceChecks } from '../../connectors/conformance.ts'
import { objectSubject, SUBJECTS, temporaryFolder } from './subjects.ts'

const folder = await temporaryFolder()
const objects = await objectSubject(folder)
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each([...SUBJECTS, objects])('the connector $name', (subject) => {
  for (const { name, run } of conformanceChecks(subject)) it(name, run)
})
