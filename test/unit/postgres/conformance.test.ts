import { afterAll, describe, it } from 'vitest'
import { conformanceChecks } from '../../../connectors/conformance.ts'
import { load, memoryDatabase, store } from './harness.ts'
import { PEOPLE_QUADS, PEOPLE_REFERENCES, PEOPLE_SQL, PEOPLE_VIEWS } from './people.ts'

const database = await memoryDatabase()
await load(database, PEOPLE_SQL)
afterAll(() => database.close())

describe('an embedded PostgreSQL', () => {
  const checks = conformanceChecks({
    quads: PEOPLE_QUADS,
    references: PEOPLE_REFERENCES,
    async open() {
      const { connector, ...rest } = await store(database, PEOPLE_VIEWS)
      return Object.assign(connector, { [Symbol.asyncDispose]: rest[Symbol.asyncDispose] })
    },
  })
  for (const { name, run } of checks) it(name, run)
})
