import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { batchBuilder } from '../../../connectors/batch.ts'
import type { MongodbPackage } from '../../../connectors/mongodb/client.ts'
import { mongodbConfig } from '../../../connectors/mongodb/config.ts'
import { failureOf } from '../../../connectors/mongodb/failures.ts'
import mongodb from '../../../connectors/mongodb/index.ts'

const context = { base: 'urn:test:', folder: '.', batch: batchBuilder }
const URL_ = 'mongodb://alice:p%40ssw0rd@db.example.org:27018,db2.example.org/?authSource=admin'
const definition = (more: object = {}) => ({ id: 'catalogue', type: 'mongodb', url: URL_, database: 'lake', ...more })
const SECRETS = /p%40ssw0rd|p@ssw0rd|alice|db\d?\.example/

describe('a definition', () => {
  it.each([
    [{ url: 'http://x' }, /url: must be a connection string/],
    [{ database: 'a b' }, /database: must be the name of a database/],
    [{ fields: { surveys: { _id: 'uuid' } } }, /fields\.surveys/],
    [{ timeout: 0 }, /timeout/],
    [{ passwort: 'x' }, /passwort/],
  ])('is refused with what is wrong: %j', (more, message) => {
    expect(() => mongodbConfig(definition(more))).toThrow(message)
    expect(() => mongodbConfig(definition(more))).not.toThrow(SECRETS)
  })

  it('takes types of fields, or a JSON Schema', () => {
    const fields = {
      surveys: { _id: 'objectId', 'a.b': ['int', 'string'] },
      wells: { bsonType: 'object', properties: { _id: { bsonType: 'int' } } },
    }
    expect(mongodbConfig(definition({ fields })).fields).toEqual(fields)
  })

  it('whose connection string is none is refused without showing it', async () => {
    const opening = mongodb(definition({ url: `${URL_}&nonsense=1&tls=maybe` }), context)
    await expect(opening).rejects.toMatchObject({ code: 'configuration', details: { store: 'catalogue' } })
    await expect(opening).rejects.not.toThrow(SECRETS)
  })
})

it('without its driver the package is named', async () => {
  const missing = async (): Promise<MongodbPackage> => {
    throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
  }
  await expect(mongodb(definition(), context, missing)).rejects.toMatchObject({
    code: 'configuration',
    message: "The store 'catalogue' of type mongodb needs the package mongodb: npm install mongodb",
  })
})

describe('an error of the driver', () => {
  const config = mongodbConfig(definition())
  const { signal } = new AbortController()
  const error = (name: string, message: string, more: object = {}) =>
    Object.assign(new Error(message), { ...more, name })
  it.each([
    [error('MongoServerError', 'operation exceeded time limit', { code: 50 }), 'store-timeout', /did not answer in/],
    [error('MongoNetworkTimeoutError', 'db.example.org:27018'), 'store-timeout', /did not answer in/],
    [error('MongoServerSelectionError', `connect ECONNREFUSED ${URL_}`), 'store-failed', /cannot be reached/],
    [error('MongoServerError', 'Authentication failed for alice', { code: 18 }), 'store-failed', /denies access/],
    [error('MongoNetworkError', 'connection 4 to db.example.org:27018 closed'), 'store-failed', /broke the connection/],
    [error('MongoServerError', 'bad p@ssw0rd of alice:p%40ssw0rd', { code: 2 }), 'store-failed', /answers: bad \*\*\*/],
    [new TypeError(`odd ${URL_}`), 'store-failed', /cannot be asked: odd \*\*\*/],
  ])('%s', (cause, code, message) => {
    const failure = failureOf(cause, config, signal) as Error & { readonly code: string }
    expect(failure).toMatchObject({ code, details: { store: 'catalogue' } })
    expect(failure.message).toMatch(message)
    expect(failure.message).not.toMatch(/p%40ssw0rd|p@ssw0rd|db\d?\.example|mongodb:\/\//)
    expect(failure.cause).toBeUndefined()
  })
})

describe('a server', () => {
  it('that is not there is told, by the name of the store', async () => {
    const closed = createServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    const { port } = closed.address() as AddressInfo
    closed.close()
    const store = await mongodb(definition({ url: `mongodb://bob:secret@127.0.0.1:${port}`, timeout: 300 }), context)
    const describing = store.describe(new AbortController().signal)
    await expect(describing).rejects.toMatchObject({ details: { store: 'catalogue' } })
    await expect(describing).rejects.not.toThrow(/127\.0\.0\.1|secret|bob/)
    await store[Symbol.asyncDispose]!()
  })
})
