import type { Pattern, Plan } from '../../planner/algebra.ts'
import type { SourceDescription } from '../../planner/source.ts'
import { defaultGraph, isVariable, type Term, variable } from '../../planner/term.ts'
import { type Connector, type ConnectorContext, type StoreDefinition, storeIri } from '../connector.ts'
import { sparqlConfig } from './config.ts'
import { type Dialect, STANDARD } from './dialect.ts'
import { estimatePlan } from './estimate.ts'
import { type Endpoint, executePlan, queryFor } from './execute.ts'
import { createProbe, describeEndpoint, probeLongest, probeServer } from './probe.ts'
import { probeDialect } from './probe-dialect.ts'
import { isOrdered, takesConjunct, takesPlan } from './takes.ts'

/**
 * A SPARQL 1.1 endpoint, `{ id, type: 'sparql', endpoint }`. When it is described it is asked for its predicates,
 * classes and graphs, and for what it does otherwise than the standard; fragments go there as SPARQL text, as far as its
 * dialect answers them exactly.
 */
export default function sparql(definition: StoreDefinition, context: Pick<ConnectorContext, 'base'>): Connector {
  const config = sparqlConfig(definition)
  const { id, type, concurrency, disjoint } = config
  let dialect: Dialect = { ...STANDARD, ...withoutUndefined(config.quirks) }
  let description: SourceDescription = disjoint === undefined ? {} : { disjoint }
  let answers = 0
  const endpoint: Endpoint = {
    config,
    get dialect() {
      return dialect
    },
    learn(more) {
      dialect = { ...dialect, ...more }
    },
    next: () => ++answers,
    longest: 0,
  }

  return {
    id,
    iri: storeIri(context.base, id),
    type,
    get description() {
      return description
    },
    get access() {
      return { batch: dialect.keys, concurrency }
    },
    async describe(signal) {
      const server = await probeServer(config, signal)
      const probe = createProbe(config, signal, server.method)
      dialect = await probeDialect(config, probe, server)
      endpoint.longest = await probeLongest(config, probe)
      description = await describeEndpoint(config, probe, dialect)
      return description
    },
    accepts: (conjunct) => takesConjunct(conjunct, dialect),
    push(fragment) {
      if (!takesPlan(fragment, dialect)) return undefined
      const native = {
        language: 'sparql',
        get text() {
          return queryFor(fragment, endpoint).text
        },
        query: fragment,
      }
      return { native, ordered: isOrdered(fragment), limited: true }
    },
    estimate: (fragment) => estimatePlan(fragment, description),
    execute: (native, request) => executePlan(native.query as Plan, endpoint, request),
    // Each row is encoded by itself.
    passes: () => true,
    async *scan({ pattern, ...request }) {
      // A store that is one graph has no named graphs, whatever the endpoint makes of FROM.
      if (config.graph !== undefined && !pattern.graph.equals(defaultGraph)) return
      yield* executePlan(askable(pattern, dialect), endpoint, request)
    },
    async check(signal) {
      await probeServer(config, signal)
    },
  }
}

/**
 * The pattern with variables in the place of constants that the endpoint would not find, or find too much by: the
 * engine checks those columns.
 */
function askable(pattern: Pattern, dialect: Dialect): Pattern {
  const put = <Position extends Pattern['subject'] | Pattern['graph']>(term: Position, name: string) => {
    if (isVariable(term) || term.equals(defaultGraph)) return term
    const alone: Pattern = { kind: 'pattern', ...FREE, object: term as Term, graph: defaultGraph }
    return takesPlan(alone, dialect) ? term : variable(name)
  }
  return {
    ...pattern,
    subject: put(pattern.subject, '.subject') as Pattern['subject'],
    predicate: put(pattern.predicate, '.predicate') as Pattern['predicate'],
    object: put(pattern.object, '.object') as Pattern['object'],
    graph: put(pattern.graph, '.graph') as Pattern['graph'],
  }
}

const FREE = { subject: variable('.s'), predicate: variable('.p') }

const withoutUndefined = <Value extends object>(value: Value): Partial<Dialect> =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined))
