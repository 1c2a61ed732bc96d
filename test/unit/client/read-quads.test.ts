import { expect, test } from 'vitest'
import { blank, iri, literal, type Quad, quad } from '../../../planner/term.ts'
import { readQuads } from '../../../src/client/read-quads.ts'

async function read(...chunks: readonly string[]): Promise<readonly Quad[]> {
  async function* given() {
    yield* chunks
  }
  const quads: Quad[] = []
  for await (const block of readQuads(given())) quads.push(...block)
  return quads
}

const a = iri('http://x/a')
const p = iri('http://x/p')

test('statements across chunks; blank nodes keep their labels', async () => {
  const quads = await read('_:n1 <http://x/p> "a\\nb"@', 'en .\n<http://x/a> <http://x/p> _:n1 <http://x/g> .\n')
  expect(quads).toHaveLength(2)
  expect(quads[0]!.subject.value).toBe('n1')
  expect(quad(blank('n1'), p, literal('a\nb', 'en')).object.equals(quads[0]!.object)).toBe(true)
  expect(quads[1]).toMatchObject({
    subject: { value: a.value },
    object: { value: 'n1' },
    graph: { value: 'http://x/g' },
  })
})

test('a statement without its end is an error', async () => {
  await expect(read('<http://x/a> <http://x/p> "1" .\n<http://x/a> <http')).rejects.toMatchObject({
    code: 'store-failed',
  })
  await expect(read('<http://x/a> is .\n')).rejects.toMatchObject({ code: 'store-failed' })
})
