export type {
  Batch,
  Bindings,
  Connector,
  ConnectorContext,
  ConnectorFactory,
  ResolveRequest,
  ScanRequest,
  StoreDefinition,
} from '../connectors/connector.ts'
export { type ErrorCode, type ErrorKind, PolyprovError } from '../planner/errors.ts'
export type { Explanation } from '../planner/explain.ts'
export type { SourceDescription } from '../planner/source.ts'
export { blank, iri, literal, type Quad, quad, type Term, variable } from '../planner/term.ts'
export { client, type RemotePolystore, type RemoteQueryOptions, type RemoteRows } from './client/client.ts'
export type { RemoteExecution } from './client/execution.ts'
export { type OpenOptions, open } from './open.ts'
export type {
  CatalogEntry,
  Execution,
  GraphChange,
  GraphOptions,
  Polystore,
  QueryOptions,
  Rows,
  RunningQuery,
  Stats,
  StoredQuery,
  StoreInfo,
  UpdateOptions,
  UpdateResult,
  Value,
} from './polystore.ts'
export type {
  CaptureClient,
  Captured,
  CyclicExecution,
  LearningStage,
  Reference,
  WorkflowOptions,
  WorkflowRun,
} from './provenance/capture.ts'
export { raw, type SparqlText, type SparqlValue, sparql } from './sparql.ts'
