import { writeQuery } from '../../connectors/sparql/write.ts'
import type { Plan, Service } from '../../planner/algebra.ts'
import { PolyprovError } from '../../planner/errors.ts'
import type { NativeText } from '../../planner/explain.ts'
import { servicesOf } from '../../planner/services.ts'
import type { Catalog } from '../../planner/source.ts'
import type { Term } from '../../planner/term.ts'
import { planText } from '../../planner/text.ts'
import { allowsService, type ServicePolicy } from './limits.ts'
import { sendable } from './operators/service-pattern.ts'

/** How SERVICE reaches endpoints. */
export interface ServiceAccess {
  readonly policy: ServicePolicy
  /** Milliseconds that one request may take. */
  readonly timeout: number
  /** The same of a SILENT one, which has to give up early enough for the query to go on without it. */
  readonly silentTimeout: number
  /** Bytes that one answer may have. */
  readonly mostBytes: number
  /** In place of the global one. */
  readonly fetch?: typeof fetch
  /** A number for each answer of the query: blank nodes belong to the one that they came in. */
  next(): number
}

/**
 * How endpoints are asked of which nothing is known. Answers are cut at round numbers: with a key less, one row a key is
 * no reason to ask whether there are more.
 */
export const SERVICE_ACCESS = { batch: 999, concurrency: 4 } as const

/**
 * Refuses before anything runs what no SERVICE of the query may do. Endpoints that are variables are refused when they
 * are known. Errors: `forbidden`, also of SILENT; `query-semantics`.
 */
export function checkServices(plan: Plan, policy: ServicePolicy, catalog: Catalog): void {
  for (const service of servicesOf(plan)) {
    const { endpoint, silent } = service
    if (endpoint.termType === 'Variable') {
      checkNested(service, policy)
      continue
    }
    if (catalog.sources.some(({ iri }) => iri === endpoint.value)) continue
    checkAllowed(endpoint.value, policy)
    if (!silent) checkEndpoint(endpoint)
    checkNested(service, policy)
  }
}

/** Whom an endpoint asks in its turn is not seen here, unless the query itself names it. */
function checkNested({ pattern }: Service, policy: ServicePolicy): void {
  if (typeof policy === 'string') return
  const open = servicesOf(pattern).find(({ endpoint }) => endpoint.termType === 'Variable')
  if (open === undefined) return
  throw new PolyprovError(
    'forbidden',
    `SERVICE ?${open.endpoint.value} within another SERVICE could ask any endpoint, and here only those of a list may be asked (limits.service)`,
  )
}

/** @throws PolyprovError `forbidden` */
export function checkAllowed(endpoint: string, policy: ServicePolicy): void {
  if (allowsService(policy, endpoint)) return
  throw new PolyprovError(
    'forbidden',
    policy === 'none'
      ? `<${endpoint}> is not asked: SERVICE is switched off here (limits.service)`
      : `<${endpoint}> is not asked: it is none of the endpoints that SERVICE may ask here (limits.service)`,
  )
}

/** The address of an endpoint. @throws PolyprovError `query-semantics` where it is none */
export function checkEndpoint(endpoint: Term): string {
  if (endpoint.termType === 'NamedNode' && isHttp(endpoint.value)) return endpoint.value
  const shown = endpoint.termType === 'NamedNode' ? `<${endpoint.value}>` : JSON.stringify(endpoint.value)
  throw new PolyprovError(
    'query-semantics',
    `${shown} is no SPARQL endpoint: it must be an IRI that begins with http:// or https://, or that of a registered store`,
  )
}

function isHttp(address: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(address).protocol)
  } catch {
    return false
  }
}

/** What the endpoint of a SERVICE is sent, before keys are added. */
export const serviceText =
  (catalog: Catalog) =>
  ({ endpoint, pattern }: Service): NativeText =>
    catalog.sources.some(({ iri }) => iri === endpoint.value)
      ? { language: 'algebra', text: planText(pattern) }
      : { language: 'sparql', text: writeQuery(sendable(pattern), undefined).text }
