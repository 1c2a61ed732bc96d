import type { Expression, Plan, Service } from './algebra.ts'
import { estimate } from './cost.ts'
import type { PlannedQuery } from './plan.ts'
import type { Catalog } from './source.ts'
import { expressionText, planText, termText } from './text.ts'
import { children } from './traverse.ts'
import { showVariable } from './variables.ts'

/** One step of a plan as people read it. */
export interface ExplainedStep {
  /** Operator and what it does, on one line. */
  readonly label: string
  readonly operator: string
  readonly source?: string
  /** The store's own query: SQL, MongoDB pipeline, SPARQL, byte ranges. */
  readonly native?: NativeText
  /** What each store of a `resolve` step is asked, by store. */
  readonly natives?: Readonly<Record<string, NativeText>>
  readonly estimatedRows?: number
  /** Measured, with `analyze`. */
  readonly measured?: MeasuredStep
  readonly inputs: readonly ExplainedStep[]
}

export interface NativeText {
  readonly language: string
  readonly text: string
}

export interface MeasuredStep {
  readonly rows: number
  readonly requests: number
  readonly bytes: number
  readonly milliseconds: number
}

/** A plan explained: the tree, the rules that changed it, and what to know about it. */
export interface Explanation {
  readonly plan: ExplainedStep
  readonly rules: readonly string[]
  readonly notes: readonly string[]
  readonly text: string
}

/**
 * Explains a plan; `measured` gives what was counted at a node when the query ran, `serviceText` what an endpoint is
 * sent.
 */
export function explain(
  planned: PlannedQuery,
  catalog: Catalog,
  measured: (plan: Plan) => MeasuredStep | undefined = () => undefined,
  serviceText: (service: Service) => NativeText | undefined = () => undefined,
): Explanation {
  const notes = new Set<string>()
  const plan = step(planned.plan, catalog, measured, serviceText, notes)
  const lines = [...stepLines(plan, 0)]
  if (planned.rules.length > 0) lines.push('', `rules: ${planned.rules.join(', ')}`)
  for (const note of notes) lines.push(`note: ${note}`)
  return { plan, rules: planned.rules, notes: [...notes], text: lines.join('\n') }
}

function step(
  plan: Plan,
  catalog: Catalog,
  measured: (plan: Plan) => MeasuredStep | undefined,
  serviceText: (service: Service) => NativeText | undefined,
  notes: Set<string>,
): ExplainedStep {
  const sent = plan.kind === 'service' ? serviceText(plan) : undefined
  const found = measured(plan)
  const estimated = Math.round(estimate(plan, catalog).rows)
  noteOn(plan, notes)
  return {
    label: labelOf(plan),
    operator: plan.kind,
    ...(plan.kind === 'fragment'
      ? { source: plan.source, native: { language: plan.native.language, text: nativeText(plan) } }
      : {}),
    ...(sent === undefined ? {} : { native: sent }),
    ...(plan.kind === 'resolve' ? { natives: nativesOf(plan, catalog) } : {}),
    estimatedRows: estimated,
    ...(found === undefined ? {} : { measured: found }),
    inputs:
      plan.kind === 'fragment' ? [] : children(plan).map((child) => step(child, catalog, measured, serviceText, notes)),
  }
}

function nativesOf(plan: Plan & { kind: 'resolve' }, catalog: Catalog): Readonly<Record<string, NativeText>> {
  const patterns = [...plan.patterns, ...plan.optional.flat()]
  return Object.fromEntries(
    plan.sources.flatMap((id) => {
      const native = catalog.sources.find((source) => source.id === id)?.resolution?.(patterns)
      return native === undefined ? [] : [[id, native]]
    }),
  )
}

/** A fragment that the engine's own operators run within the store shows what they run. */
const nativeText = (plan: Plan & { kind: 'fragment' }): string =>
  plan.native.language === 'algebra' || plan.native.language === 'scan' ? planText(plan.plan) : plan.native.text

function noteOn(plan: Plan, notes: Set<string>): void {
  if (
    plan.kind === 'distinct' &&
    plan.input.kind === 'union' &&
    plan.input.inputs.every(({ kind }) => kind === 'fragment')
  ) {
    notes.add(
      'several stores can answer one pattern: their triples are united, each once, before anything is pushed past them',
    )
  }
  if (plan.kind === 'fragment' && plan.plan.kind === 'pattern' && plan.plan.predicate.termType === 'Variable') {
    notes.add('a pattern with a variable predicate sees provenance, RDF stores and views, not the headers of objects')
  }
}

function labelOf(plan: Plan): string {
  switch (plan.kind) {
    case 'fragment':
      return `fragment of ${plan.source}`
    case 'resolve':
      return `resolve ${termText(plan.reference)} by (${termText(plan.store)}, ${showVariable(plan.locator)}) in ${plan.sources.join(', ')}: ${[plan.patterns.map(planText).join(' '), ...plan.optional.map((group) => `OPTIONAL { ${group.map(planText).join(' ')} }`)].join(' ').trim()}`
    case 'bindJoin':
      return `${joinLabel(plan.form, plan.keys.length > 0)}${plan.keys.length === 0 ? '' : ` on ${plan.keys.map(showVariable).join(', ')}`}${plan.alongside === true ? ', at once with the left one' : ''}${conditionText(plan.condition)}`
    case 'join':
      return 'hash join'
    case 'leftJoin':
      return `left hash join${conditionText(plan.condition)}`
    case 'filter':
      return `filter ${expressionText(plan.condition)}`
    case 'extend':
      return `extend ${showVariable(plan.variable)} := ${expressionText(plan.expression)}`
    case 'project':
      return `project ${plan.variables.map(showVariable).join(' ')}`
    case 'group':
      return `group by ${plan.keys.map(showVariable).join(' ') || '()'}: ${plan.aggregates.map((each) => `${showVariable(each.variable)} := ${each.function}(${each.distinct ? 'distinct ' : ''}${each.expression === undefined ? '*' : expressionText(each.expression)})`).join(', ')}`
    case 'order':
      return `order by ${plan.by.map((key) => `${key.descending ? 'desc ' : ''}${expressionText(key.expression)}`).join(', ')}${plan.first === undefined ? '' : `, the first ${plan.first}`}`
    case 'slice':
      return `slice offset ${plan.offset}${plan.limit === undefined ? '' : ` limit ${plan.limit}`}`
    case 'shared':
      return `shared ${plan.name}: one visit for several places`
    case 'branch':
      return `branch ${plan.number} of ${plan.name}`
    case 'values':
      return `values ${plan.variables.map(showVariable).join(' ')}: ${plan.rows.length} rows`
    case 'service':
      return `service ${termText(plan.endpoint)}${plan.silent ? ' silent' : ''}`
    case 'eachGraph':
      return `for each graph ${termText(plan.graph)}: ${planText(plan.input).replaceAll('\n', ' ')}`
    case 'pattern':
    case 'path':
      return planText(plan)
    default:
      return plan.kind
  }
}

function joinLabel(form: 'inner' | 'left' | 'semi' | 'anti', bound: boolean): string {
  const name = form === 'inner' ? 'join' : `${form} join`
  return bound ? `bind ${name}` : `hash ${name}`
}

const conditionText = (condition: Expression | undefined): string =>
  condition === undefined ? '' : ` if ${expressionText(condition)}`

function* stepLines(step: ExplainedStep, depth: number): Generator<string> {
  const indent = '  '.repeat(depth)
  const counted = step.measured
  const figures =
    counted === undefined
      ? ''
      : ` [rows ${counted.rows}, requests ${counted.requests}, bytes ${counted.bytes}, ${counted.milliseconds.toFixed(2)} ms]`
  yield `${indent}${step.label}${figures}`
  for (const line of step.native?.text.split('\n') ?? []) yield `${indent}  | ${line}`
  for (const [store, { text }] of Object.entries(step.natives ?? {})) yield `${indent}  | ${store}: ${text}`
  for (const input of step.inputs) yield* stepLines(input, depth + 1)
}
