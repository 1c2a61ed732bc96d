import type { Plan, VariableName } from './algebra.ts'
import { PolyprovError } from './errors.ts'
import { RULES } from './rules/index.ts'
import type { RuleContext } from './rules/rule.ts'
import type { Catalog } from './source.ts'
import { variablesOf } from './variables.ts'

export interface PlanOptions {
  /** Names of optional rules to leave out; `all` leaves out every one. */
  readonly without?: readonly string[]
  /** Told of each rule that changed the plan. */
  readonly onRule?: (rule: string, before: Plan, after: Plan) => void
}

/** A plan that the engine can run, and the rules that changed it, in order. */
export interface PlannedQuery {
  readonly plan: Plan
  readonly rules: readonly string[]
}

/** Optimises a logical plan for a set of stores; pure and deterministic. */
export function optimise(logical: Plan, catalog: Catalog, options: PlanOptions = {}): PlannedQuery {
  const context: RuleContext = { catalog, fresh: nameMaker() }
  const without = new Set(options.without)
  const applied: string[] = []
  let plan = logical
  for (const rule of RULES) {
    if (rule.optional && (without.has('all') || without.has(rule.name))) continue
    const next = rule.apply(plan, context)
    if (next === plan) continue
    checkVariables(plan, next, rule.name)
    applied.push(rule.name)
    options.onRule?.(rule.name, plan, next)
    plan = next
  }
  return { plan, rules: applied }
}

function nameMaker(): (stem: string) => VariableName {
  let count = 0
  return (stem) => `.${stem}${++count}`
}

/** A rule may add variables of the engine's own, and may drop none that a query can name. */
function checkVariables(before: Plan, after: Plan, rule: string): void {
  const names = new Set(variablesOf(after))
  const lost = variablesOf(before).filter((name) => !name.startsWith('.') && !names.has(name))
  if (lost.length > 0) throw new PolyprovError('internal', `The rule ${rule} lost the variables ${lost.join(', ')}`)
}
