import type { TermTable } from './term.ts'

/**
 * `provml:`, every class of PROV-ML (Table II of the ProvLake paper), prospective and retrospective, beneath its PROV
 * and ML-Schema parents. The paper names the classes and draws their relations; the names of the properties are ours.
 */
export const PROVML_TERMS = {
  Study: { kind: 'class', parents: ['prov:Plan', 'mls:Study'], comment: 'A study: it introduces experiments.' },
  Experiment: {
    kind: 'class',
    parents: ['prov:Plan', 'mls:Experiment'],
    comment: 'An experiment: it drives a learning workflow.',
  },
  Software: {
    kind: 'class',
    parents: ['prov:Entity', 'mls:Software'],
    comment: 'Software that implements algorithms.',
  },
  DataStoreInstance: {
    kind: 'class',
    parents: ['pl:DataStore'],
    comment: 'The store that holds models and data sets.',
  },
  LearningStage: {
    kind: 'class',
    parents: ['pl:DataTransformation'],
    comment: 'A stage of the learning workflow as planned.',
  },
  LearningStageType: { kind: 'class', parents: ['prov:Entity'], comment: 'What a stage is for.' },
  Training: { kind: 'individual', parents: ['provml:LearningStageType'], comment: 'The stage that fits the model.' },
  Validation: {
    kind: 'individual',
    parents: ['provml:LearningStageType'],
    comment: 'The stage that chooses between models.',
  },
  Testing: {
    kind: 'individual',
    parents: ['provml:LearningStageType'],
    comment: 'The stage that measures the chosen model.',
  },
  LearningStageExecution: {
    kind: 'class',
    parents: ['pl:DataTransformationExecution'],
    comment: 'One execution of a learning stage.',
  },
  LearningProcessExecution: {
    kind: 'class',
    parents: ['pl:WorkflowExecution', 'mls:Run'],
    comment: 'One training run, whole.',
  },
  LearningTask: {
    kind: 'class',
    parents: ['pl:Attribute', 'mls:Task'],
    comment: 'What is to be learnt, as planned.',
  },
  LearningTaskValue: {
    kind: 'class',
    parents: ['pl:AttributeValue', 'mls:Task'],
    comment: 'What was learnt in an execution, such as classification.',
  },
  LearningDatasetReference: {
    kind: 'class',
    parents: ['pl:Attribute'],
    comment: 'A data set of the learning workflow as planned.',
  },
  LearningDatasetReferenceValue: {
    kind: 'class',
    parents: ['pl:DataReference', 'mls:Dataset'],
    comment: 'A training set: the reference to the data that a stage learns from.',
  },
  DatasetCharacteristic: {
    kind: 'class',
    parents: ['pl:Attribute', 'mls:DatasetCharacteristic'],
    comment: 'A property of data sets as planned.',
  },
  DatasetCharacteristicValue: {
    kind: 'class',
    parents: ['pl:AttributeValue', 'mls:DatasetCharacteristic'],
    comment: 'A property of one data set, such as the number of tiles.',
  },
  FeatureSet: { kind: 'class', parents: ['pl:Attribute', 'mls:Feature'], comment: 'The features to be learnt from.' },
  FeatureSetCharacteristic: {
    kind: 'class',
    parents: ['pl:Attribute', 'mls:FeatureCharacteristic'],
    comment: 'A property of a feature set.',
  },
  FeatureSetData: {
    kind: 'class',
    parents: ['pl:AttributeValue'],
    comment: 'The features that were learnt from.',
  },
  FeatureExtraction: {
    kind: 'class',
    parents: ['pl:DataTransformation'],
    comment: 'The step that turns data into features, as planned.',
  },
  FeatureExtractionExecution: {
    kind: 'class',
    parents: ['pl:DataTransformationExecution'],
    comment: 'One execution of a feature extraction.',
  },
  Algorithm: { kind: 'class', parents: ['prov:Plan', 'mls:Algorithm'], comment: 'The algorithm to learn with.' },
  Implementation: {
    kind: 'class',
    parents: ['pl:AttributeValue', 'mls:Implementation'],
    comment: 'The implementation that was learnt with.',
  },
  ImplementationCharacteristic: {
    kind: 'class',
    parents: ['pl:AttributeValue', 'mls:ImplementationCharacteristic'],
    comment: 'A property of an implementation.',
  },
  LearningHyperParameter: {
    kind: 'class',
    parents: ['pl:Attribute', 'mls:HyperParameter'],
    comment: 'A hyperparameter of learning as planned.',
  },
  LearningHyperParameterSetting: {
    kind: 'class',
    parents: ['pl:AttributeValue', 'mls:HyperParameterSetting'],
    comment: 'The value of a hyperparameter in one execution, such as the learning rate.',
  },
  ModelSchema: { kind: 'class', parents: ['pl:DataSchema'], comment: 'What models look like.' },
  ModelReference: { kind: 'class', parents: ['pl:Attribute'], comment: 'A model of the learning workflow as planned.' },
  ModelReferenceValue: {
    kind: 'class',
    parents: ['pl:DataReference', 'mls:Model'],
    comment: "A trained model, whether a run's last or an epoch's checkpoint.",
  },
  ModelHyperParameter: {
    kind: 'class',
    parents: ['pl:Attribute', 'mls:ModelCharacteristic'],
    comment: 'A hyperparameter of models as planned.',
  },
  ModelHyperParameterValue: {
    kind: 'class',
    parents: ['pl:AttributeValue', 'mls:ModelCharacteristic'],
    comment: 'A hyperparameter of one model, such as the number of hidden units.',
  },
  EvaluationMeasure: {
    kind: 'class',
    parents: ['prov:Entity', 'mls:EvaluationMeasure'],
    comment: 'What is measured of a model.',
  },
  EvaluationSpecification: {
    kind: 'class',
    parents: ['prov:Plan', 'mls:EvaluationSpecification'],
    comment: 'How models are to be evaluated.',
  },
  EvaluationProcedure: {
    kind: 'class',
    parents: ['prov:Plan', 'mls:EvaluationProcedure'],
    comment: 'The procedure that an evaluation follows.',
  },
  ModelEvaluation: {
    kind: 'class',
    parents: ['pl:AttributeValue', 'mls:ModelEvaluation'],
    comment: 'One measured value of a model, or of an epoch that writes no model.',
  },
  loss: { kind: 'individual', parents: ['provml:EvaluationMeasure'], comment: 'The loss: less is better.' },
  accuracy: {
    kind: 'individual',
    parents: ['provml:EvaluationMeasure'],
    comment: 'The share of right answers, 0 to 1.',
  },
  precision: {
    kind: 'individual',
    parents: ['provml:EvaluationMeasure'],
    comment: 'The share of true positives in the positives found, 0 to 1.',
  },
  recall: {
    kind: 'individual',
    parents: ['provml:EvaluationMeasure'],
    comment: 'The share of the positives that were found, 0 to 1.',
  },
  stageType: {
    kind: 'object property',
    domain: 'provml:LearningStageExecution',
    range: 'provml:LearningStageType',
    comment: 'What the stage is for.',
  },
  hyperParameter: {
    kind: 'object property',
    domain: 'provml:LearningStageExecution',
    range: 'provml:LearningHyperParameterSetting',
    parents: ['prov:used'],
    comment: 'A hyperparameter setting of the stage, which also prov:used it.',
  },
  modelHyperParameter: {
    kind: 'object property',
    domain: 'provml:ModelReferenceValue',
    range: 'provml:ModelHyperParameterValue',
    comment: 'A hyperparameter of the model.',
  },
  evaluatedBy: {
    kind: 'object property',
    domain: 'provml:ModelReferenceValue',
    range: 'provml:ModelEvaluation',
    comment: 'A measured value of the model.',
  },
  measure: {
    kind: 'object property',
    domain: 'provml:ModelEvaluation',
    range: 'provml:EvaluationMeasure',
    comment: 'What was measured.',
  },
  onStage: {
    kind: 'object property',
    domain: 'provml:ModelEvaluation',
    range: 'provml:LearningStageType',
    comment: 'The kind of data that it was measured on.',
  },
  task: {
    kind: 'object property',
    domain: 'provml:LearningStageExecution',
    range: 'provml:LearningTaskValue',
    comment: 'What the stage learns.',
  },
  implementation: {
    kind: 'object property',
    domain: 'provml:LearningStageExecution',
    range: 'provml:Implementation',
    comment: 'What the stage learns with.',
  },
  implementationCharacteristic: {
    kind: 'object property',
    domain: 'provml:Implementation',
    range: 'provml:ImplementationCharacteristic',
    comment: 'A property of the implementation.',
  },
  datasetCharacteristic: {
    kind: 'object property',
    domain: 'provml:LearningDatasetReferenceValue',
    range: 'provml:DatasetCharacteristicValue',
    comment: 'A property of the training set.',
  },
  featureSet: {
    kind: 'object property',
    range: 'provml:FeatureSetData',
    comment: 'The features that a stage learns from, or that a training set offers.',
  },
} as const satisfies TermTable
