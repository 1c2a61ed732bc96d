import { Parser } from 'n3'
import { describe, expect, test } from 'vitest'
import { segyFormat } from '../../../connectors/formats/segy/index.ts'
import { PL, PROVML, RDFS, SEGY } from '../../../planner/namespaces.ts'
import { VOCABULARIES, type VocabularyPrefix, vocabularyTurtle } from '../../../src/provenance/vocabulary.ts'

const prefixes = Object.keys(VOCABULARIES) as VocabularyPrefix[]

/** Every class of the ProvLake paper's Table II. */
const TABLE_II =
  `LearningStage LearningStageType LearningStageExecution LearningProcessExecution LearningTask LearningTaskValue
LearningDatasetReference LearningDatasetReferenceValue DatasetCharacteristic DatasetCharacteristicValue FeatureSet
FeatureSetCharacteristic FeatureExtraction FeatureSetData FeatureExtractionExecution Algorithm Implementation
ImplementationCharacteristic LearningHyperParameter LearningHyperParameterSetting ModelSchema ModelReference
ModelHyperParameter ModelReferenceValue ModelHyperParameterValue EvaluationMeasure EvaluationSpecification
EvaluationProcedure ModelEvaluation Study Experiment Software DataStoreInstance`.split(/\s+/)

describe.each(prefixes)('%s', (prefix) => {
  const { namespace, terms } = VOCABULARIES[prefix]
  const quads = new Parser().parse(vocabularyTurtle(prefix))

  test('every term has a label and a comment, and nothing else is described', () => {
    for (const property of ['label', 'comment']) {
      const described = quads
        .filter(({ subject, predicate }) => predicate.value === RDFS + property && subject.value.startsWith(namespace))
        .map(({ subject }) => subject.value.slice(namespace.length))
      expect(described.sort()).toEqual(Object.keys(terms).sort())
    }
  })

  test('domains, ranges and parents within these vocabularies exist', () => {
    const known = new Set(
      prefixes.flatMap((other) =>
        Object.keys(VOCABULARIES[other].terms).map((name) => VOCABULARIES[other].namespace + name),
      ),
    )
    const led = quads
      .map(({ object }) => object.value)
      .filter((value) => value.startsWith('https://w3id.org/polyprov/'))
    const terms = led.filter((value) => value.includes('#'))
    expect(terms.filter((value) => !known.has(value))).toEqual([])
  })
})

test('PROV-ML has every class of Table II, each beneath a parent', () => {
  const quads = new Parser().parse(vocabularyTurtle('provml'))
  const beneath = new Set(
    quads.filter(({ predicate }) => predicate.value === `${RDFS}subClassOf`).map(({ subject }) => subject.value),
  )
  const orphans = TABLE_II.filter((name) => name !== 'LearningStageType' && !beneath.has(PROVML + name))
  expect(orphans).toEqual([])
  expect(quads.some(({ subject }) => subject.value === `${PROVML}LearningStageType`)).toBe(true)
})

test('the header terms that the formats answer are described', () => {
  const described = new Set(Object.keys(VOCABULARIES.segy.terms).map((name) => SEGY + name))
  expect(segyFormat().predicates.filter((predicate) => !described.has(predicate))).toEqual([])
})

test('properties of ProvLake carry their domain', () => {
  const properties = Object.entries(VOCABULARIES.pl.terms).filter(([, { kind }]) => kind.endsWith('property'))
  expect(properties.filter(([, term]) => !('domain' in term)).map(([name]) => PL + name)).toEqual([])
})
