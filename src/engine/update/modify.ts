import type { ChangeCounts } from '../../../connectors/connector.ts'
import type { Query } from '../../../planner/algebra.ts'
import { project } from '../../../planner/constructors.ts'
import { useDataset } from '../../../planner/dataset.ts'
import { withDefaultGraph } from '../../../planner/default-graph.ts'
import { optimise } from '../../../planner/plan.ts'
import type { Modify } from '../../../planner/update.ts'
import { variablesOf, variablesOfPattern } from '../../../planner/variables.ts'
import type { UpdateOptions } from '../../polystore.ts'
import { breathe } from '../context.ts'
import { type EngineState, runSolutions } from '../engine.ts'
import type { UpdateContext } from './graphs.ts'
import { exchangeFor, templateFiller } from './template.ts'

/** What a WHERE clause is evaluated by. */
export interface WhereContext extends UpdateContext {
  readonly text: string
  readonly base: string
  readonly target: string
  readonly options: UpdateOptions
  readonly timeout: number
  readonly engine: EngineState
}

/** DELETE/INSERT (section 3.1.3): WHERE sees the state before both, removals come before additions. */
export async function modify(operation: Modify, context: WhereContext): Promise<ChangeCounts> {
  const { transaction, signal, reserve, options, engine } = context
  const reader = transaction.reader()
  const others = options.scope === 'polystore' ? [...engine.connectors.values()] : []
  const connectors = new Map([...others, reader].map((connector) => [connector.id, connector]))
  const query = useDataset(queryOf(operation, context), {
    ...(options.usingGraphs === undefined ? {} : { defaultGraphs: options.usingGraphs }),
    ...(options.usingNamedGraphs === undefined ? {} : { namedGraphs: options.usingNamedGraphs }),
  })
  const base = reader.dictionary()
  const state: EngineState = {
    ...engine,
    connectors,
    dictionaryOf: context.target,
    prepare: (_text, _options, catalog) => ({ query, planned: optimise(query.plan, catalog), planning: 0 }),
  }
  const { dictionary, blocks } = await runSolutions(context.text, { signal, timeout: context.timeout }, state)
  const fillers = [operation.remove, operation.insert].map((templates, index) => {
    const makes = index === 1
    return templateFiller(templates, exchangeFor(base, dictionary, transaction, makes), transaction, makes)
  })
  for await (const batch of blocks) {
    for (const filler of fillers) {
      const before = filler.quads.length
      filler.fill(batch)
      reserve((filler.quads.length - before) / 4)
    }
    await breathe(signal)
  }
  const [remove, add] = fillers.map(({ quads }) => quads.view())
  return transaction.change({ remove: remove!, add: add! })
}

/** WHERE as a query for the variables of the templates. */
function queryOf({ remove, insert, where, with: graph, dataset }: Modify, { text, base }: WhereContext): Query {
  const plan = graph === undefined || dataset !== undefined ? where : withDefaultGraph(where, graph)
  const bound = variablesOf(plan)
  const variables = [...new Set([...remove, ...insert].flatMap(variablesOfPattern))].filter((name) =>
    bound.includes(name),
  )
  return {
    text,
    form: { kind: 'select', variables },
    plan: project(plan, variables),
    prefixes: {},
    base,
    ...(dataset === undefined ? {} : { dataset }),
  }
}
