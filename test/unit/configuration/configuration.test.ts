import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PolyprovError } from '../../../planner/errors.ts'
import { parseConfiguration } from '../../../src/configuration/parse.ts'
import { configurationJsonSchema } from '../../../src/configuration/schema.ts'
import { literalCredentials, redact } from '../../../src/configuration/secrets.ts'
import { defaultConfiguration, loadConfiguration, resolveStore, resolveToken } from '../../../src/configuration.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-configuration-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const EXAMPLE = `base: https://example.org/og/
stores:
  - { id: provenance, type: columnar, path: ./provenance, role: provenance }
  - { id: wells, type: postgres, url: "\${WELLS_URL}", views: ./wells.r2rml.ttl }
queries: ./queries
server: { port: 9000, token: { file: ./token } }
`

const errorOf = (text: string): PolyprovError => {
  try {
    parseConfiguration(text, 'polyprov.yaml')
  } catch (error) {
    if (error instanceof PolyprovError) return error
    throw error
  }
  throw new Error('the configuration was taken')
}

test('reads a file; paths start from its folder, secrets are resolved late', async () => {
  const file = join(folder, 'polyprov.yaml')
  await writeFile(file, EXAMPLE)
  await writeFile(join(folder, 'token'), 'very-secret\n')
  const configuration = await loadConfiguration(file)
  expect(configuration.folder).toBe(folder)
  expect(configuration.queries).toBe(join(folder, 'queries'))
  expect(configuration.server).toMatchObject({ host: '127.0.0.1', port: 9000 })
  expect(JSON.stringify(configuration)).not.toContain('very-secret')
  expect(await resolveToken(configuration)).toBe('very-secret')
  const wells = configuration.stores[1]!
  expect(wells['url']).toBe('${WELLS_URL}')
  expect(await resolveStore(wells, folder, { WELLS_URL: 'postgres://u:p@h/d' })).toMatchObject({
    url: 'postgres://u:p@h/d',
  })
  await expect(resolveStore(wells, folder, {})).rejects.toMatchObject({
    code: 'configuration',
    message: 'stores.wells.url: the environment variable WELLS_URL is not set',
  })
})

test('there is a default without a file', () => {
  expect(defaultConfiguration('/somewhere').stores).toEqual([
    { id: 'provenance', type: 'columnar', path: './polyprov-data', role: 'provenance' },
  ])
})

test.each([
  ['an unknown key', 'base: http://x/\nserver:\n  prot: 80\n', 3, 3, 'unknown key "prot" in server'],
  ['an unknown key at the top', 'store: []\n', 1, 1, 'unknown key "store" in the top level'],
  ['a wrong value', 'server: { port: eighty }\n', 1, 17, 'server.port'],
  ['a number out of range', 'server:\n  port: 99999\n', 2, 9, 'server.port'],
  ['a missing type', 'stores:\n  - id: a\n', 2, 5, 'stores[0].type'],
  ['a bad id', 'stores:\n  - { id: "a b", type: files }\n', 2, 11, 'must begin with a letter'],
  ['two stores of one id', 'stores:\n  - { id: a, type: s3 }\n  - { id: a, type: rdf }\n', 3, 11, 'two stores "a"'],
  [
    'two homes of provenance',
    'stores:\n  - { id: a, type: columnar, role: provenance }\n  - { id: b, type: columnar, role: provenance }\n',
    3,
    36,
    '"a" has the role',
  ],
  ['a literal password', 'stores:\n  - id: a\n    type: postgres\n    password: hunter2\n', 4, 15, '${NAME}'],
  [
    'a password in a URL',
    'stores:\n  - { id: a, type: postgres, url: "postgres://u:hunter2@h/d" }\n',
    2,
    35,
    '${NAME}',
  ],
  ['a literal token', 'server: { token: abc }\n', 1, 18, 'server.token'],
  [
    'an unknown option of a store',
    'stores:\n  - { id: a, type: files, path: ., paht: x }\n',
    2,
    36,
    'unknown key "paht" in stores[0]',
  ],
  ['a wrong option of a store', 'stores:\n  - { id: a, type: columnar, path: 5 }\n', 2, 36, 'stores[0].path'],
  ['broken YAML', 'stores: [\n', 2, 1, ''],
  ['a repeated key', 'base: http://a/\nbase: http://b/\n', 2, 1, 'unique'],
  ['a list at the top', '- 1\n', 1, 1, ''],
])('%s is an error with line and column', (_, text, line, column, message) => {
  const error = errorOf(text)
  expect(error.code).toBe('configuration')
  expect(error.message).toContain(`polyprov.yaml:${line}:${column}: `)
  expect(error.message).toContain(message)
  expect(error.message).not.toContain('hunter2')
  expect(error.details).toMatchObject({ line, column })
})

test('exponential aliases are refused', () => {
  const levels = Array.from(
    { length: 12 },
    (_, n) =>
      `${'abcdefghijklm'[n + 1]}: &${'abcdefghijklm'[n + 1]} [${Array(9).fill(`*${'abcdefghijklm'[n]}`).join(',')}]`,
  )
  expect(errorOf(`a: &a [x]\n${levels.join('\n')}\n`).code).toBe('configuration')
})

test('no text does worse than a configuration error', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (text) => {
      try {
        parseConfiguration(text, 'f')
      } catch (error) {
        expect(error).toBeInstanceOf(PolyprovError)
      }
    }),
  )
})

describe('what may be shown of a store', () => {
  test('credentials are masked at any depth', () => {
    const shown = JSON.stringify(
      redact({
        id: 'wells',
        url: 'postgres://user:hunter2@host/db',
        password: 'hunter2',
        nested: { secretAccessKey: 'hunter2', apiKey: ['hunter2'], accessKeyId: 'hunter2', token: 7 },
        env: '${WELLS_URL}',
        mongo: 'mongodb://a:hun%40ter2@h1,h2/db',
      }),
    )
    expect(shown).not.toContain('hunter2')
    expect(shown).not.toContain('ter2')
    expect(shown).toContain('${WELLS_URL}')
    expect(shown).toContain('host/db')
  })

  test('references are no literal credentials', () => {
    expect(literalCredentials({ password: '${P}', token: { file: 'x' }, url: 'postgres://u:${P}@h/d' })).toEqual([])
    expect(literalCredentials({ password: 'p', url: 'http://h/' })).toEqual([['password']])
  })
})

test('the JSON Schema of the package is the one of the code', async () => {
  const file = new URL('../../../polyprov.schema.json', import.meta.url)
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(configurationJsonSchema())))
})
