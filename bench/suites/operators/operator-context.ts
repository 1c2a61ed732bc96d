import { createMemoryBudget, type MemoryBudget, type QueryContext } from '../../../src/engine/context.ts'
import { evaluationContext } from '../../../src/engine/evaluation.ts'
import { createTermTable, type TermTable } from '../../../src/engine/term-table.ts'
import { createTrace } from '../../../src/engine/trace.ts'

/** What an operator needs that asks no store. */
export function operatorContext(
  dictionary: TermTable = createTermTable(),
  memory: MemoryBudget = createMemoryBudget(1 << 28),
  { signal }: AbortController = new AbortController(),
): QueryContext {
  return {
    ...evaluationContext(undefined, signal),
    dictionary,
    signal,
    trace: createTrace(),
    partial: false,
    verify: false,
    memory,
    connectors: new Map(),
    guards: new Map(),
    deadline: Number.POSITIVE_INFINITY,
    plan: (plan) => plan,
    planAlone: (plan) => plan,
    planWithin: (plan) => plan,
    services: { policy: 'none', timeout: 0, silentTimeout: 0, mostBytes: 0, next: () => 0 },
    branches: new Map(),
  }
}
