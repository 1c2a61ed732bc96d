import { expect, test } from 'vitest'
import { XSD } from '../../../planner/namespaces.ts'
import { parse } from '../../../planner/parse.ts'
import { iri as iriTerm, literal } from '../../../planner/term.ts'
import { BUILTIN_QUERIES } from '../../../src/queries/index.ts'
import { ask, storeOf } from './ask.ts'

const iri = (name: string): string => `urn:test:${name}`

const MODELS = `
:set a provml:LearningDatasetReferenceValue .
:run1 pl:status "FINISHED" . :stage1 pl:partOf :run1 ; prov:used :set ; provml:hyperParameter :rate, :size .
:rate pl:attributeName "learningRate" ; pl:value 0.1e0 .
:size pl:attributeName "batchSize" ; pl:value 16 .
:epoch1 pl:partOf :stage1 .

# Validation counts, although the training loss is less than all others.
:validated a provml:ModelReferenceValue ; prov:wasDerivedFrom :set ; prov:wasGeneratedBy :stage1 ;
  provml:evaluatedBy [ provml:measure provml:loss ; provml:onStage provml:Training ; pl:value 0.01e0 ] ,
    [ provml:measure provml:loss ; provml:onStage provml:Validation ; pl:value 0.5e0 ] .
# Never validated, one a checkpoint: they tie.
:best a provml:ModelReferenceValue ; prov:wasDerivedFrom :set ; prov:wasGeneratedBy :epoch1 ;
  provml:modelHyperParameter [ pl:attributeName "hiddenUnits" ; pl:value 8 ] ;
  provml:evaluatedBy [ provml:measure provml:loss ; provml:onStage provml:Training ; pl:value 0.25e0 ] ,
    [ provml:measure provml:accuracy ; provml:onStage provml:Training ; pl:value 0.25e0 ] ,
    [ provml:measure provml:accuracy ; provml:onStage provml:Testing ; pl:value 0.25e0 ] .
:tied a provml:ModelReferenceValue ; prov:wasDerivedFrom :set ; prov:wasGeneratedBy :stage1 ;
  provml:evaluatedBy [ provml:measure provml:loss ; pl:value 0.25 ] .
:diverged a provml:ModelReferenceValue ; prov:wasDerivedFrom :set ; prov:wasGeneratedBy :stage1 ;
  provml:evaluatedBy [ provml:measure provml:loss ; provml:onStage provml:Training ; pl:value "NaN"^^<http://www.w3.org/2001/XMLSchema#double> ] .
# Its validation is what counts, and that is not a number.
:halfDiverged a provml:ModelReferenceValue ; prov:wasDerivedFrom :set ; prov:wasGeneratedBy :stage1 ;
  provml:evaluatedBy [ provml:measure provml:loss ; provml:onStage provml:Training ; pl:value 0.1e0 ] ,
    [ provml:measure provml:loss ; provml:onStage provml:Validation ; pl:value "NaN"^^<http://www.w3.org/2001/XMLSchema#double> ] .
:run2 pl:status "FAILED" . :stage2 pl:partOf :run2 ; prov:used :set . :epoch2 pl:partOf :stage2 .
:failed a provml:ModelReferenceValue ; prov:wasDerivedFrom :set ; prov:wasGeneratedBy :epoch2 ;
  provml:evaluatedBy [ provml:measure provml:loss ; provml:onStage provml:Validation ; pl:value 0.05e0 ] .
`

test('q3 shows all models that tie for the least loss, without NaN and failed runs', () => {
  const rows = ask(storeOf(MODELS), 'q3', { dataset: iri('set') })
  expect(new Set(rows.map(({ model }) => model))).toEqual(new Set([iri('best'), iri('tied')]))
  const best = rows.filter(({ model }) => model === iri('best'))
  expect(best.map(({ kind, name, value }) => [kind, name, Number(value)])).toEqual([
    ['evaluation', 'accuracy', 0.25],
    ['evaluation', 'accuracy', 0.25],
    ['evaluation', 'loss', 0.25],
    ['hyperParameter', 'batchSize', 16],
    ['hyperParameter', 'learningRate', 0.1],
    ['modelHyperParameter', 'hiddenUnits', 8],
  ])
  expect(rows).toHaveLength(9)
})

test('q3 takes the validation loss before the training loss', () => {
  const withoutBest = MODELS.replaceAll(/^:(best|tied) a provml:ModelReferenceValue/gm, ':$1 a :Other')
  const rows = ask(storeOf(withoutBest), 'q3', { dataset: iri('set') })
  expect(new Set(rows.map(({ model }) => model))).toEqual(new Set([iri('validated')]))
  expect(Number(rows[0]!['loss'])).toBe(0.5)
})

const EPOCHS = `
:set a provml:LearningDatasetReferenceValue ; prov:wasDerivedFrom :slices .
:range pl:axis "inline" ; pl:rangeStart 10 ; pl:rangeEnd 20 .
:select prov:used :range . :slices prov:wasGeneratedBy :select . :cut prov:used :slices, :tile, :threshold .
:tile pl:attributeName "tileSize" ; pl:value 8 .
:threshold pl:attributeName "noiseThreshold" ; pl:value 0.3 .
:set prov:wasGeneratedBy :cut .
:run prov:used :set . :stage pl:partOf :run ; prov:used :set .
:epoch0 a pl:EpochExecution ; pl:partOf :stage ; pl:iteration 0 .
:epoch1 a pl:EpochExecution ; pl:partOf :stage ; pl:iteration 1 ; pl:status "RUNNING" .
:b0 a pl:BatchExecution ; pl:partOf :epoch0 ; pl:status "FINISHED" ; pl:durationSeconds 1.0e0 .
:b1 a pl:BatchExecution ; pl:partOf :epoch0 ; pl:status "FINISHED" ; pl:durationSeconds 3.0e0 .
:b2 a pl:BatchExecution ; pl:partOf :epoch0 ; pl:status "FAILED" ; pl:durationSeconds 100.0e0 .
:b3 a pl:BatchExecution ; pl:partOf :epoch1 ; pl:status "FINISHED" ; pl:durationSeconds 5.0e0 .
:b4 a pl:BatchExecution ; pl:partOf :epoch1 ; pl:status "RUNNING" .
:own a provml:ModelEvaluation ; prov:wasGeneratedBy :epoch0 ; provml:measure provml:loss ; pl:value 0.9e0 .
:checkpoint a provml:ModelReferenceValue ; prov:wasGeneratedBy :epoch1 ; prov:wasDerivedFrom :set ; provml:evaluatedBy :kept .
:kept a provml:ModelEvaluation ; prov:wasGeneratedBy :epoch1 ; provml:measure provml:loss ; pl:value 0.8e0 .
:last a provml:ModelReferenceValue ; prov:wasGeneratedBy :stage ; prov:wasDerivedFrom :set ;
  provml:evaluatedBy [ provml:measure provml:accuracy ; pl:value 0.7e0 ] .
`

test('q4 counts finished batches only, each epoch once, while the training runs', () => {
  const rows = ask(storeOf(EPOCHS), 'q4', { dataset: iri('set') })
  const figures = rows.map(({ epoch, batches, avgSeconds, minSeconds, maxSeconds }) =>
    [epoch, batches, avgSeconds, minSeconds, maxSeconds].map(Number),
  )
  expect(figures).toEqual([
    [0, 2, 2, 1, 3],
    [1, 1, 5, 5, 5],
  ])
  expect(rows.map(({ training }) => training)).toEqual([iri('stage'), iri('stage')])
})

test('q5 shows epochs beside evaluation values, never multiplied', () => {
  const range = { axis: 'inline', start: '10', end: '20' }
  const rows = ask(storeOf(EPOCHS), 'q5', range)
  const short = (text: string | undefined): string | undefined => text?.replace(/^.*[:#]/, '')
  expect(
    rows.map(({ epoch, avgSeconds, model, measure, value }) => [
      epoch,
      avgSeconds && Number(avgSeconds),
      short(model),
      short(measure),
      value && Number(value),
    ]),
  ).toEqual([
    [undefined, undefined, 'last', 'accuracy', 0.7],
    ['0', 2, undefined, undefined, undefined],
    ['0', undefined, undefined, 'loss', 0.9],
    ['1', 5, undefined, undefined, undefined],
    ['1', undefined, 'checkpoint', 'loss', 0.8],
  ])
  expect(new Set(rows.map(({ training }) => training))).toEqual(new Set([iri('stage')]))
})

test('q5 matches ranges exactly, or by overlap where asked', () => {
  const store = storeOf(EPOCHS)
  const count = (axis: string, start: string, end: string, match?: string): number =>
    ask(store, 'q5', { axis, start, end, ...(match ? { match } : {}) }).length
  expect(count('inline', '10', '19')).toBe(0)
  expect(count('inline', '20', '30')).toBe(0)
  expect(count('inline', '20', '30', 'overlap')).toBe(5)
  expect(count('inline', '21', '30', 'overlap')).toBe(0)
  expect(count('crossline', '10', '20', 'overlap')).toBe(0)
})

test('q2 finds the settings along chained steps, and leaves out what is not known', () => {
  const known = {
    dataset: iri('set'),
    axis: 'inline',
    rangeStart: '10',
    rangeEnd: '20',
    tileSize: '8',
    noiseThreshold: '0.3',
  }
  expect(ask(storeOf(EPOCHS), 'q2', { model: iri('last') })).toEqual([known])
  const bare = ':m prov:wasDerivedFrom :set . :set a provml:LearningDatasetReferenceValue .'
  expect(ask(storeOf(bare), 'q2', { model: iri('m') })).toEqual([{ dataset: iri('set') }])
})

const SEISMIC = `
:model prov:wasDerivedFrom :set . :set prov:wasDerivedFrom :known, :bare, :note, :outline .
:known pl:ofSchema pl:SeismicFile ; pl:value "a.sgy" ; pl:isStoredInStore :seismic ;
  segy:inlineCount 4 ; segy:crosslineCount 5 ; segy:sampleCount 6 ; segy:footprint "POINT (1 1)" ; segy:crs <urn:epsg:1> .
:bare pl:ofSchema pl:SeismicFile ; pl:value "b.sgy" ; pl:isStoredInStore :seismic .
:note prov:wasDerivedFrom :known ; pl:value :survey . :survey a og:Survey ; og:basin "Basin" .
:outline prov:wasDerivedFrom :known ; pl:value "surveys/a" .
`
const OUTLINE = ':outline geo:hasGeometry :g ; og:crs <urn:epsg:2> . :g geo:asWKT "POINT (2 2)" .'

test('q1 and q6 leave out columns that a store does not know, never the row', () => {
  const known = { inlines: '4', crosslines: '5', samples: '6', slices: '9', basin: 'Basin' }
  const rows = ask(storeOf(SEISMIC), 'q1', { model: iri('model') })
  expect(rows).toEqual([
    { seismic: iri('known'), path: 'a.sgy', store: iri('seismic'), ...known, wkt: 'POINT (1 1)', crs: 'urn:epsg:1' },
    { seismic: iri('bare'), path: 'b.sgy', store: iri('seismic') },
  ])
  expect(ask(storeOf(SEISMIC), 'q6', { dataset: iri('set') })).toEqual([
    { seismic: iri('known'), path: 'a.sgy', store: iri('seismic'), ...known },
    { seismic: iri('bare'), path: 'b.sgy', store: iri('seismic') },
  ])
})

test("q1 takes the document's outline before the header's, with its own reference system", () => {
  const [row] = ask(storeOf(SEISMIC + OUTLINE), 'q1', { model: iri('model') })
  expect(row).toMatchObject({ wkt: 'POINT (2 2)', crs: 'urn:epsg:2' })
})

test('the columns are the published ones', () => {
  const columns = BUILTIN_QUERIES.map(({ id, text }) => {
    const projection = /^SELECT (?:DISTINCT )?(.*)$/m.exec(text)![1]!
    return [id, projection.replaceAll(/\([^()]*(?:\([^()]*\))?[^()]*AS (\?\w+)\)/g, '$1').replaceAll('?', '')]
  })
  expect(Object.fromEntries(columns)).toEqual({
    q1: 'seismic path store inlines crosslines samples slices wkt crs basin field',
    q2: 'dataset tileSize noiseThreshold axis rangeStart rangeEnd',
    q3: 'model loss kind name value',
    q4: 'training epoch batches avgSeconds minSeconds maxSeconds',
    q5: 'dataset training epoch avgSeconds model measure value',
    q6: 'seismic path store inlines crosslines samples slices basin field',
  })
})

test.each(BUILTIN_QUERIES)('$id is read by the own parser, its parameters put in', ({ text, parameters }) => {
  const terms = parameters.map(({ name, type }) => {
    if (type === 'iri') return [name, iriTerm(iri(name))] as const
    return [name, type === 'integer' ? literal('7', iriTerm(`${XSD}integer`)) : literal('inline')] as const
  })
  expect(parse(text, { parameters: Object.fromEntries(terms) }).form.kind).toBe('select')
})
