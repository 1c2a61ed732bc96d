/** The planner on its own: from a query's text and a catalog of stores to a plan; pure, without input or output. */
export type { Expression, Fragment, NativeQuery, Pattern, Plan, Query } from './algebra.ts'
export { ERRORS, type ErrorCode, type ErrorKind, PolyprovError } from './errors.ts'
export { type ExplainedStep, type Explanation, explain } from './explain.ts'
export { type ParseOptions, parse } from './parse.ts'
export { optimise, type PlannedQuery, type PlanOptions } from './plan.ts'
export { RULES } from './rules/index.ts'
export type { Rule, RuleContext } from './rules/rule.ts'
export type {
  AccessPattern,
  Catalog,
  Estimate,
  Pushed,
  Source,
  SourceDescription,
  TermStatistics,
} from './source.ts'
export { blank, defaultGraph, iri, literal, type Quad, quad, type Term, variable } from './term.ts'
export { variablesOf } from './variables.ts'
export type { View } from './views/view.ts'
