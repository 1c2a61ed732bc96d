import type { Plan } from '../algebra.ts'
import type { Catalog } from '../source.ts'

/** What rules may know besides the plan. */
export interface RuleContext {
  readonly catalog: Catalog
  /** A variable name that nothing else uses: `.store1`, `.store2` … */
  fresh(stem: string): string
}

/** One rewrite: keeps the answers; returns the same reference where it changed nothing. */
export interface Rule {
  readonly name: string
  /** Optimisations can be switched off; what gives the plan its meaning cannot. */
  readonly optional: boolean
  apply(plan: Plan, context: RuleContext): Plan
}
