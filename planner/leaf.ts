import type { Plan } from './algebra.ts'

/** Whether a plan is one that a store's leaf evaluator takes: patterns and paths, alone or joined. */
export const isLeaf = (plan: Plan): boolean =>
  plan.kind === 'pattern' ||
  plan.kind === 'path' ||
  plan.kind === 'graphs' ||
  (plan.kind === 'join' && plan.inputs.every(isLeaf))
