import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseStoredQuery, readStoredQueries } from '../../../src/configuration/stored-query.ts'

const TEXT = `# label: Epochs of a range
# description: Average time of each epoch,
# description: range by range.
#
# param axis string oneOf=inline,crossline Which way the slices run
# param start integer
# param match string default=exact oneOf=exact,overlap

SELECT * { ?s ?p $axis } # param no declaration
`

test('reads label, description and parameters from the comments at the top', () => {
  expect(parseStoredQuery('epochs', TEXT)).toEqual({
    id: 'epochs',
    label: 'Epochs of a range',
    description: 'Average time of each epoch, range by range.',
    text: TEXT,
    builtin: false,
    parameters: [
      { name: 'axis', type: 'string', oneOf: ['inline', 'crossline'], description: 'Which way the slices run' },
      { name: 'start', type: 'integer' },
      { name: 'match', type: 'string', default: 'exact', oneOf: ['exact', 'overlap'] },
    ],
  })
})

test.each([
  ['# param a number', '"number" is not a type'],
  ['# param a-b iri', 'is not a name'],
  ['# param timeout integer', 'timeout is an option of every query'],
  ['# param a iri\n# param a iri', 'declared twice'],
  ['# param a string default=x oneOf=y,z', 'none of y, z'],
])('%s is refused', (text, message) => {
  expect(() => parseStoredQuery('q', text)).toThrow(message)
})

test('reads a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'polyprov-queries-'))
  try {
    await writeFile(join(folder, 'b.rq'), 'ASK {}')
    await writeFile(join(folder, 'a.rq'), TEXT)
    await writeFile(join(folder, 'readme.txt'), 'no query')
    expect((await readStoredQueries(folder)).map(({ id }) => id)).toEqual(['a', 'b'])
  } finally {
    await rm(folder, { recursive: true })
  }
  await expect(readStoredQueries(folder)).rejects.toMatchObject({ code: 'configuration' })
})
