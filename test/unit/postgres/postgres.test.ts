import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgresConfig } from '../../../connectors/postgres/config.ts'
import { missingPackage } from '../../../connectors/postgres/errors.ts'
import { open } from '../../../src/open.ts'
import { BASE } from './harness.ts'

const SQL = `
CREATE TABLE doc (id int PRIMARY KEY, body jsonb, marks int[]);
INSERT INTO doc VALUES
  (1, '{"title": "One", "tags": ["a", "b"], "items": [{"n": 1}, {"n": 2.5}]}', '{7,8}'),
  (2, '{"title": "Two", "items": []}', NULL), (3, NULL, '{}');
CREATE TABLE pair (a text, b text, PRIMARY KEY (a, b));
INSERT INTO pair VALUES ('x', 'y'), ('x/y', 'z');
CREATE TABLE loose (v text);
CREATE VIEW titles AS SELECT id, body->>'title' AS title FROM doc;
`
const VIEWS = `prefixes: { x: 'http://x/' }
mappings:
  doc:
    s: http://x/doc/$(id)
    po:
      - [x:title, $(body.title)]
      - [x:tag, $(body.tags)]
      - [x:mark, $(marks)]
  item:
    sources:
      - [doc, "$.body.items[*]"]
    s: http://x/doc/$($.id)/$(@index)
    po:
      - [x:n, $(n)]
      - [x:of, x:doc/$($.id)~iri]
  pair:
    s: $(@object)
    po:
      - [x:a, $(a)]
  titles:
    s: http://x/title/$(id)
    po:
      - [x:text, $(title)]
`

describe('an embedded database', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polyprov-postgres-'))
    const database = await PGlite.create(join(folder, 'data'))
    await database.exec(SQL)
    await database.close()
    await writeFile(join(folder, 'views.yaml'), VIEWS)
    await writeFile(join(folder, 'loose.yaml'), 'mappings: { loose: { s: $(@object), po: [[http://x/v~iri, $(v)]] } }')
    await writeFile(
      join(folder, 'wrong.yaml'),
      'mappings: { doc: { s: "http://x/$(nr)", po: [[http://x/v~iri, $(id)]] } }',
    )
    await writeFile(
      join(folder, 'none.yaml'),
      'mappings: { lost: { s: "http://x/$(nr)", po: [[http://x/v~iri, $(id)]] } }',
    )
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const polystoreOf = (views: string, more: object = {}) =>
    open({
      base: BASE,
      stores: [{ id: 'notes', type: 'postgres', path: join(folder, 'data'), views: join(folder, views), ...more }],
    })

  it('answers by name over tables, views, JSON and arrays', async () => {
    await using polystore = await polystoreOf('views.yaml')
    const rows = async (where: string) =>
      (await polystore.query(`PREFIX x: <http://x/> SELECT * { ${where} }`).toArray())
        .map((row) => JSON.stringify(row))
        .sort()
    expect(await rows('?d x:title ?t OPTIONAL { ?d x:tag ?g }')).toEqual([
      '{"d":"http://x/doc/1","t":"One","g":"a"}',
      '{"d":"http://x/doc/1","t":"One","g":"b"}',
      '{"d":"http://x/doc/2","t":"Two"}',
    ])
    expect(await rows('x:doc/1 x:mark ?m'.replace('x:doc/1', '<http://x/doc/1>'))).toEqual(['{"m":7}', '{"m":8}'])
    expect(await rows('?i x:of <http://x/doc/1> ; x:n ?n')).toEqual([
      '{"i":"http://x/doc/1/0","n":1}',
      '{"i":"http://x/doc/1/1","n":2.5}',
    ])
    expect(await rows('?s x:a "x/y"')).toEqual([`{"s":"${BASE}store/notes/object/pair%2Fx%2Fy%2Fz"}`])
    expect(await rows('?s x:text "Two"')).toEqual(['{"s":"http://x/title/2"}'])
  })

  it.each([
    ['loose.yaml', {}, /the table 'loose' has no key: name its columns in 'keys'/],
    ['loose.yaml', { keys: { loose: ['w'] } }, /keys\.loose names 'w', which is no column/],
    ['wrong.yaml', {}, /view 'doc': 'nr' is no column of "public"\."doc"; it has id, body, marks/],
    ['none.yaml', {}, /no table 'lost'/],
  ])('%s with %j is wrong, and why', async (views, more, message) => {
    await expect(polystoreOf(views, more)).rejects.toThrow(message)
  })

  it('reads queries as it reads tables', async () => {
    const mapping = `prefixes: { x: 'http://x/' }
mappings:
  marked:
    sources:
      - query: |
          SELECT id, body->>'title' AS title, cardinality(marks) AS "how many" FROM doc
          WHERE body IS NOT NULL; -- without the empty one
    s: x:marked/$(id)
    po:
      - [x:title, $(title)]
      - [x:marks, $(how many)]
`
    await writeFile(join(folder, 'query.yaml'), mapping.replace('; -- without', ' -- without'))
    await using polystore = await polystoreOf('query.yaml', { keys: { marked: ['id'] } })
    const query = polystore.query(
      'PREFIX x: <http://x/> SELECT * { ?s x:title ?t OPTIONAL { ?s x:marks ?n } } ORDER BY ?t',
    )
    expect(await query.toArray()).toEqual([
      { s: 'http://x/marked/1', t: 'One', n: 2 },
      { s: 'http://x/marked/2', t: 'Two' },
    ])
    expect(query.stats()?.stores['notes']).toMatchObject({ requests: 1, rows: 2 })
    await writeFile(
      join(folder, 'bad.yaml'),
      mapping.replace('FROM doc', 'FROM nothing').replace('; -- without', ' -- '),
    )
    await expect(polystoreOf('bad.yaml')).rejects.toThrow(/the query .* fails: relation "nothing" does not exist/)
  })

  it('takes keys that are declared', async () => {
    await using polystore = await polystoreOf('loose.yaml', { keys: { loose: ['v'] } })
    expect(await polystore.query('SELECT * { ?s <http://x/v> ?v }').toArray()).toEqual([])
  })
})

describe('options', () => {
  it.each([
    [{}, /needs a url or a path/],
    [{ url: 'postgres://u:secret@h/d', path: 'x' }, /needs a url or a path, and not both/],
    [{ url: 'http://u:secret@h/d' }, /must be a postgres or postgresql URL/],
    [{ path: 'x', password: 'secret' }, /password/],
    [{ path: 'x', timeout: 0 }, /timeout/],
  ])('%j are refused without a secret', (more, message) => {
    const read = () => postgresConfig({ id: 's', type: 'postgres', ...more })
    expect(read).toThrow(message)
    expect(read).not.toThrow(/secret/)
  })

  it('names a package that is missing', () => {
    expect(missingPackage('s', 'pg', 'a server').message).toBe(
      `Store 's' of type postgres needs the package 'pg' for a server: npm install pg`,
    )
  })
})
