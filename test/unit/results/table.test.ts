import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal } from '../../../planner/term.ts'
import { serialise } from '../../../src/results/serialise.ts'
import { displayWidth } from '../../../src/results/width.ts'
import { writeText } from '../../../src/results/write.ts'
import { bindingsExecution, textOf } from './executions.ts'

const integer = (value: number) => literal(String(value), iri(`${XSD}integer`))

test('aligns numbers to the right, shortens IRIs, counts rows', async () => {
  const rows = [
    [iri('http://x/one'), integer(5)],
    [literal('some text'), integer(1234)],
  ]
  const text = await textOf(
    serialise(bindingsExecution(['name', 'n'], rows), 'table', { table: { prefixes: { x: 'http://x/' } } }),
  )
  expect(text).toBe(
    ['name          n', '─────────  ────', 'x:one         5', 'some text  1234', '2 rows', ''].join('\n'),
  )
})

test('fits the width by cutting the widest columns', async () => {
  const rows = [[literal('a'.repeat(100)), literal('b'.repeat(30)), literal('short')]]
  const text = await textOf(serialise(bindingsExecution(['a', 'b', 'c'], rows), 'table', { table: { width: 60 } }))
  const lines = text.split('\n')
  expect(displayWidth(lines[2]!)).toBeLessThanOrEqual(60)
  expect(lines[2]).toContain('…')
  expect(lines[2]).toContain('short')
})

test('shows control characters instead of sending them', async () => {
  const text = await textOf(serialise(bindingsExecution(['a'], [[literal('\u001b[31mred\nline')]]), 'table'))
  expect(text).toContain('\\u001b[31mred\\nline')
  expect(text).not.toContain('\u001b')
})

test('wide characters take two columns', async () => {
  const rows = [
    [literal('日本'), literal('x')],
    [literal('abcd'), literal('y')],
  ]
  const lines = (await textOf(serialise(bindingsExecution(['a', 'b'], rows), 'table'))).split('\n')
  expect(lines[2]).toBe('日本  x')
  expect(lines[3]).toBe('abcd  y')
})

test('writing waits for the reader and stops at the signal', async () => {
  const controller = new AbortController()
  let pulled = 0
  let returned = false
  async function* endless(): AsyncGenerator<string> {
    try {
      for (;;) {
        pulled++
        yield 'x'.repeat(1_000)
      }
    } finally {
      returned = true
    }
  }
  const stuck = new Writable({ highWaterMark: 2_000, write: () => undefined })
  const writing = writeText(endless(), stuck, controller.signal)
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(pulled).toBe(2)
  controller.abort(new Error('gone'))
  await expect(writing).rejects.toThrow()
  await new Promise((resolve) => setImmediate(resolve))
  expect(returned).toBe(true)
})

test('writing stops at the signal although the text never comes', async () => {
  const controller = new AbortController()
  async function* silent(): AsyncGenerator<string> {
    await new Promise(() => undefined)
  }
  const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
  const writing = writeText(silent(), sink, controller.signal)
  controller.abort(new Error('gone'))
  await expect(writing).rejects.toThrow('gone')
})
