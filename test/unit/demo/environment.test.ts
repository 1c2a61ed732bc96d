import { describe, expect, test } from 'vitest'
import { serversOf } from '../../../src/cli/demo-servers/environment.ts'
import { namesOf } from '../../../src/cli/demo-servers/place.ts'

const whole = {
  POSTGRES_URL: 'postgresql://someone:hunter2@db:5432/wells',
  MONGODB_URL: 'mongodb://someone:hunter2@mongo:27017',
  S3_ENDPOINT: 'http://s3:7070',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'hunter2',
  SPARQL_ENDPOINT: 'http://fuseki:3030/polyprov/sparql',
}

describe('servers of the environment', () => {
  test('all that is needed', () => {
    expect(serversOf(whole)).toEqual({
      postgres: { url: whole.POSTGRES_URL },
      mongodb: { url: whole.MONGODB_URL },
      s3: {
        endpoint: 'http://s3:7070',
        region: 'us-east-1',
        credentials: { accessKeyId: 'id', secretAccessKey: 'hunter2' },
      },
      sparql: {
        endpoint: whole.SPARQL_ENDPOINT,
        update: { kind: 'http', endpoint: 'http://fuseki:3030/polyprov/update', isDerived: true },
      },
    })
  })

  test.each(Object.keys(whole))('%s is missed by name, with what it should look like', (name) => {
    const message = expect.stringMatching(new RegExp(`${name} is not set: \\S+`))
    expect(() => serversOf({ ...whole, [name]: '' })).toThrow(expect.objectContaining({ code: 'usage', message }))
  })

  test('all that is missing is told at once, and nothing that is there is shown', () => {
    const partial = { ...whole, POSTGRES_URL: undefined, SPARQL_ENDPOINT: undefined, MONGODB_URL: 'hunter2@mongo' }
    let message = ''
    try {
      serversOf(partial)
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).toMatch(
      /POSTGRES_URL is not set(.|\n)*SPARQL_ENDPOINT is not set|SPARQL_ENDPOINT(.|\n)*POSTGRES_URL/,
    )
    expect(message).toContain('MONGODB_URL does not look like mongodb://')
    expect(message).not.toContain('hunter2')
  })

  test.each([
    ['http://h/ds/query', 'http://h/ds/update'],
    ['http://h:7878/query', 'http://h:7878/update'],
    ['http://h/sparql/', 'http://h/update'],
    ['http://h/repositories/wells', 'http://h/repositories/wells/statements'],
    ['http://h/blazegraph/namespace/kb', 'http://h/blazegraph/namespace/kb'],
  ])('updates of %s go to %s', (SPARQL_ENDPOINT, endpoint) => {
    expect(serversOf({ ...whole, SPARQL_ENDPOINT }).sparql.update).toEqual({ kind: 'http', endpoint, isDerived: true })
  })

  test('an update endpoint that is named comes before isql, and isql before a guess', () => {
    const isql = { ...whole, VIRTUOSO_ISQL: '127.0.0.1:1111' }
    expect(serversOf(isql).sparql.update).toEqual({ kind: 'isql', address: '127.0.0.1:1111' })
    const named = { ...isql, SPARQL_UPDATE_ENDPOINT: 'http://h/sparql-auth', SPARQL_USER: 'dba' }
    expect(serversOf(named).sparql).toMatchObject({
      update: { kind: 'http', endpoint: 'http://h/sparql-auth', isDerived: false },
      user: 'dba',
    })
  })
})

describe('names', () => {
  test('are one name in each server', () => {
    expect(namesOf('my-demo')).toEqual({
      database: 'polyprov_my_demo',
      schema: 'polyprov_my_demo',
      bucket: 'polyprov-my-demo',
      graph: 'urn:polyprov:my-demo:annotations',
    })
  })
  test.each(['', 'A', 'a_b', '-a', 'a--b', 'x; DROP SCHEMA public', 'a'.repeat(41)])('%j is none', (name) => {
    expect(() => namesOf(name)).toThrow(expect.objectContaining({ code: 'usage' }))
  })
})
