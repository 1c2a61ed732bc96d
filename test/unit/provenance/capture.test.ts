import { describe, expect, test } from 'vitest'
import { iri, literal } from '../../../planner/term.ts'
import { type Change, createCapture, type Write } from '../../../src/provenance/capture.ts'
import { pl } from '../../../src/provenance/vocabulary.ts'
import { type ProvenanceSet, provenanceSet } from '../seismic/provenance-set.ts'

const BASE = 'urn:test:'
const file = (locator: string) => ({ store: 'files', locator })
const node = (locator: string): string => `${BASE}store/files/object/${encodeURIComponent(locator)}`

/** A client over a set, with a clock that moves on by a second with each look. */
function client(provenance: ProvenanceSet, write: Write = provenance.write) {
  let time = Date.UTC(2024, 0, 1)
  return createCapture({
    base: BASE,
    write,
    now: () => {
      time += 1000
      return time
    },
  })
}

describe('executions', () => {
  test('a running execution is seen as such, and its status is replaced when it ends', async () => {
    const provenance = provenanceSet()
    const capture = client(provenance)
    const run = capture.workflow('learning', { id: 'one', learning: true })
    const stage = run.stage('Training')
    await capture.flush()
    expect(provenance.subjects('pl:status', 'RUNNING')).toEqual([run.iri.value, stage.iri.value])
    expect(provenance.objects(stage.iri.value, 'pl:durationSeconds')).toEqual([])
    stage.end()
    await run.close()
    expect(provenance.subjects('pl:status', 'RUNNING')).toEqual([])
    expect(provenance.objects(stage.iri.value, 'pl:status')).toEqual(['FINISHED'])
    expect(provenance.objects(stage.iri.value, 'pl:durationSeconds')).toEqual(['1.0E0'])
    expect(provenance.objects(run.iri.value, 'prov:startedAtTime')).toEqual(['2024-01-01T00:00:01.000Z'])
  })

  test('it ends once', async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w')
    const task = run.task('t')
    task.end('FAILED')
    task.end()
    await run.close()
    expect(provenance.objects(task.iri.value, 'pl:status')).toEqual(['FAILED'])
    expect(provenance.objects(task.iri.value, 'prov:endedAtTime')).toHaveLength(1)
  })

  test('tasks of one name are two executions of one transformation', async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w', { id: '1' })
    const tasks = [run.task('t'), run.task('t')]
    await run.close()
    expect(new Set(tasks.map(({ iri: { value } }) => value)).size).toBe(2)
    const plans = tasks.flatMap(({ iri: { value } }) => provenance.objects(value, 'pl:executionOf'))
    expect(new Set(plans)).toEqual(new Set([`${BASE}workflow/w/transformation/t`]))
    expect(provenance.objects(`${BASE}workflow/w`, 'pl:hasDataTransformation')).toHaveLength(1)
  })

  test('cycles carry their iteration, 0 among them', async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w')
    const epoch = run.stage('Training').epoch(0)
    const batch = epoch.batch(0)
    await run.close()
    expect(provenance.objects(batch.iri.value, 'pl:iteration')).toEqual(['0'])
    expect(provenance.objects(batch.iri.value, 'pl:partOf')).toEqual([epoch.iri.value])
  })
})

describe('values', () => {
  test('equal scalars of two executions stay two entities', async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w')
    const [one, two] = [run.task('a').use('x', 1), run.task('b').use('x', 1)]
    await run.close()
    expect(one.value).not.toBe(two.value)
  })

  test('a value twice under one name is two entities', async () => {
    const task = client(provenanceSet()).workflow('w').task('t')
    expect(task.use('x', 1).value).not.toBe(task.use('x', 1).value)
  })

  test('scalars have the datatype of their kind', async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w', { id: '1' })
    const values = [3, 0.25, Number.NaN, Number.NEGATIVE_INFINITY, 12n, true, 'text', literal('0.1', iri('urn:own'))]
    for (const value of values) run.use('x', value)
    await run.close()
    const written = [...provenance.quads.values()].filter(({ predicate }) => predicate.equals(pl.value))
    const short = written.map(({ object }) =>
      object.termType === 'Literal' ? `${object.value} ${object.datatype.value.replace(/^.*[#:]/, '')}` : '',
    )
    expect(short).toEqual([
      '3 integer',
      '2.5E-1 double',
      'NaN double',
      '-INF double',
      '12 integer',
      'true boolean',
      'text string',
      '0.1 own',
    ])
  })

  test('a range of slices says its axis and both ends', async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w')
    const range = run.use('range', { axis: 'inline', start: 3, end: 9 }).value
    await run.close()
    expect(provenance.objects(range, 'pl:axis')).toEqual(['inline'])
    expect(provenance.objects(range, 'pl:rangeStart')).toEqual(['3'])
    expect(provenance.objects(range, 'pl:rangeEnd')).toEqual(['9'])
  })

  test('a reference is the object of the store, with what was seen of it', async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w')
    const modified = new Date(0)
    const seen = { store: 'files', locator: 'a b/ü.sgy', sizeBytes: 7, etag: '"x"', modified, format: 'SEG-Y' }
    const reference = run.use('file', { ...seen, schema: pl.SeismicFile }).value
    const resource = run.use('note', { store: 'rdf', locator: iri('urn:r') }).value
    await run.close()
    expect(reference).toBe(`${BASE}store/files/object/a%20b%2F%C3%BC.sgy`)
    expect(provenance.objects(reference, 'pl:isStoredInStore')).toEqual([`${BASE}store/files`])
    expect(provenance.objects(reference, 'pl:sizeBytes')).toEqual(['7'])
    expect(provenance.objects(reference, 'pl:modified')).toEqual(['1970-01-01T00:00:00.000Z'])
    expect(resource).toBe(`${BASE}store/rdf/object/urn%3Ar`)
    const value = [...provenance.quads.values()].find(
      ({ subject, predicate }) => subject.value === resource && predicate.equals(pl.value),
    )
    expect(value?.object.termType).toBe('NamedNode')
  })
})

describe('lineage', () => {
  test('outputs are derived from inputs, in whatever order they come', async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w')
    const task = run.task('t')
    task.use('x', 1)
    task.use('in', file('a'))
    task.generate('out', file('c'))
    task.generate('y', 2)
    task.use('late', file('b'))
    await run.close()
    expect([...provenance.objects(node('c'), 'prov:wasDerivedFrom')].sort()).toEqual([node('a'), node('b')])
  })

  test('it leads across workflows by store and locator, and not through scalars', async () => {
    const provenance = provenanceSet()
    const capture = client(provenance)
    const first = capture.workflow('first')
    const step = first.task('t')
    step.use('in', file('a'))
    step.use('rate', 0.1)
    step.generate('out', file('b'))
    await first.close()
    const second = capture.workflow('second')
    const next = second.task('t')
    next.use('set', file('b'))
    next.use('rate', 0.1)
    next.generate('out', file('c'))
    const other = second.task('t')
    other.use('rate', 0.1)
    other.generate('out', file('d'))
    await second.close()
    expect(provenance.closure(node('c'), 'prov:wasDerivedFrom')).toEqual(new Set([node('b'), node('a')]))
    expect(provenance.objects(node('d'), 'prov:wasDerivedFrom')).toEqual([])
  })

  test("a checkpoint comes from its stage's training set, and the next stage is none of its business", async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w', { learning: true })
    const stage = run.stage('Training')
    stage.use('set', file('set'))
    const epoch = stage.epoch(1)
    const model = epoch.model('checkpoint', file('model'), { units: 8 })
    epoch.evaluate('loss', 0.5, { on: 'Validation', model })
    run.stage('Testing').use('set', file('test'))
    await run.close()
    expect(provenance.objects(model.value, 'prov:wasDerivedFrom')).toEqual([node('set')])
    expect(provenance.objects(model.value, 'provml:evaluatedBy')).toHaveLength(1)
    expect(provenance.objects(model.value, 'provml:modelHyperParameter')).toHaveLength(1)
  })

  test('a task that uses what another generated was informed by it', async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w')
    const [first, second] = [run.task('a'), run.task('b')]
    first.generate('out', file('a'))
    second.use('in', file('a'))
    await run.close()
    expect(provenance.objects(second.iri.value, 'prov:wasInformedBy')).toEqual([first.iri.value])
  })

  test('what is changed in place is not derived from itself', async () => {
    const provenance = provenanceSet()
    const run = client(provenance).workflow('w')
    const task = run.task('t')
    task.use('in', file('a'))
    task.generate('out', file('a'))
    await run.close()
    expect(provenance.objects(node('a'), 'prov:wasDerivedFrom')).toEqual([])
  })
})

describe('writing', () => {
  test('many statements are few writes', async () => {
    const provenance = provenanceSet()
    const changes: Change[] = []
    const capture = client(provenance, async (change) => {
      changes.push(change)
      await provenance.write(change)
    })
    const run = capture.workflow('w')
    const stage = run.stage('Training')
    for (let iteration = 0; iteration < 1000; iteration++) stage.batch(iteration).end()
    await run.close()
    expect(provenance.subjects('rdf:type', 'pl:BatchExecution')).toHaveLength(1000)
    expect(changes.length).toBeLessThan(30)
  })

  test('what a store refuses is kept, and written when it takes it', async () => {
    const provenance = provenanceSet()
    let refuse = true
    const capture = client(provenance, async (change) => {
      if (refuse) throw new Error('disk full')
      await provenance.write(change)
    })
    const run = capture.workflow('w')
    const task = run.task('t')
    await expect(capture.flush()).rejects.toThrow('disk full')
    task.end()
    await expect(run.close()).rejects.toThrow('disk full')
    refuse = false
    await capture.flush()
    expect(provenance.objects(task.iri.value, 'pl:status')).toEqual(['FINISHED'])
    expect(provenance.objects(run.iri.value, 'pl:status')).toEqual(['FINISHED'])
  })

  test('a slow store is written to one change after the other', async () => {
    const provenance = provenanceSet()
    let under = 0
    let most = 0
    const capture = client(provenance, async (change) => {
      under += 1
      most = Math.max(most, under)
      await new Promise((resolve) => setTimeout(resolve, 5))
      await provenance.write(change)
      under -= 1
    })
    const run = capture.workflow('w')
    for (let count = 0; count < 5; count++) {
      run.task('t').end()
      void capture.flush()
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await run.close()
    expect(most).toBe(1)
    expect(provenance.subjects('pl:status', 'FINISHED')).toHaveLength(6)
  })
})
