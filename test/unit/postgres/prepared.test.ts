import { expect, test } from 'vitest'
import { UNPREPARED } from '../../../connectors/postgres/cursor.ts'
import { createPrepared } from '../../../connectors/postgres/prepared.ts'

test('a text is prepared when it comes again, and then known by its name', () => {
  const prepared = createPrepared<object>()
  const connection = {}
  expect(prepared.preparationOf(connection, 'SELECT 1')).toEqual(UNPREPARED)
  const made = prepared.preparationOf(connection, 'SELECT 1')
  expect(made).toMatchObject({ isThere: false })
  expect(made.name).not.toBe('')
  expect(prepared.preparationOf(connection, 'SELECT 1')).toEqual({ name: made.name, isThere: true })
})

test('each connection has statements of its own', () => {
  const prepared = createPrepared<object>()
  const [one, other] = [{}, {}]
  for (let i = 0; i < 2; i++) prepared.preparationOf(one, 'SELECT 1')
  expect(prepared.preparationOf(other, 'SELECT 1')).toMatchObject({ isThere: false })
  expect(prepared.preparationOf(one, 'SELECT 1')).toMatchObject({ isThere: true })
})

test('a connection keeps a bounded number of statements, those used last', () => {
  const prepared = createPrepared<object>()
  const connection = {}
  const texts = Array.from({ length: 200 }, (_, i) => `SELECT ${i}`)
  for (const text of texts) prepared.preparationOf(connection, text)
  const there = new Set<string>()
  for (const text of texts) {
    const { name, isThere, dropped } = prepared.preparationOf(connection, text)
    expect(isThere).toBe(false)
    there.add(name)
    if (dropped !== undefined) expect(there.delete(dropped)).toBe(true)
  }
  expect(there.size).toBeLessThan(100)
  expect(prepared.preparationOf(connection, texts.at(-1)!)).toMatchObject({ isThere: true })
  expect(prepared.preparationOf(connection, texts[0]!)).toMatchObject({ isThere: false })
})

test('a statement that failed is prepared anew, and nothing is on a connection that loses statements', () => {
  const prepared = createPrepared<object>()
  const connection = {}
  for (let i = 0; i < 2; i++) prepared.preparationOf(connection, 'SELECT 1')
  prepared.forget(connection, 'SELECT 1')
  expect(prepared.preparationOf(connection, 'SELECT 1')).toMatchObject({ isThere: false })
  prepared.distrust(connection)
  expect(prepared.preparationOf(connection, 'SELECT 1')).toEqual(UNPREPARED)
})
