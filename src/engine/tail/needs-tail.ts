import type { Plan, Query, Service } from '../../../planner/algebra.ts'
import { PolyprovError } from '../../../planner/errors.ts'
import { walk } from '../../../planner/traverse.ts'
import { variablesOf } from '../../../planner/variables.ts'

/** Why the executor cannot answer a query itself, as explain says it; `undefined` where it can. */
export function needsTail(query: Query): string | undefined {
  const [service] = servicesOf(query.plan)
  return service === undefined ? undefined : `it asks ${endpointText(service)} by SERVICE`
}

/**
 * Refuses what no SERVICE may do: ask at all where the polystore's limits forbid it, name its endpoint by a variable,
 * or use another protocol than HTTP. Errors: `forbidden`, `unsupported`, `query-semantics`.
 */
export function checkServices(plan: Plan, policy: 'none' | 'any'): void {
  for (const service of servicesOf(plan)) {
    if (policy === 'none') {
      throw new PolyprovError(
        'forbidden',
        `${endpointText(service)} is not asked: SERVICE is switched off here (limits.service)`,
      )
    }
    if (service.endpoint.termType === 'Variable') {
      throw new PolyprovError(
        'unsupported',
        `SERVICE ?${service.endpoint.value} is not answered: name the endpoint by its IRI, or give it as a parameter`,
      )
    }
    if (!isHttp(service.endpoint.value)) {
      throw new PolyprovError(
        'query-semantics',
        `${endpointText(service)} is no SPARQL endpoint: its address must begin with http:// or https://`,
      )
    }
    refuseNested(service)
  }
}

/** A SERVICE within a SERVICE would be the other endpoint's to ask. */
function refuseNested(service: Service): void {
  const [nested] = servicesOf(service.pattern)
  if (nested === undefined) return
  throw new PolyprovError(
    'unsupported',
    `${endpointText(nested)} stands within SERVICE ${endpointText(service)}: let the two stand side by side`,
  )
}

function servicesOf(plan: Plan): readonly Service[] {
  return [...walk(plan, { exists: true })].flatMap((node) => (node.kind === 'service' ? [node] : []))
}

const endpointText = ({ endpoint }: Service): string =>
  endpoint.termType === 'Variable' ? `?${endpoint.value}` : `<${endpoint.value}>`

function isHttp(address: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(address).protocol)
  } catch {
    return false
  }
}

/** Every name that a plan uses, those within EXISTS among them. */
export function namesOf(plan: Plan): ReadonlySet<string> {
  return new Set([...walk(plan, { exists: true })].flatMap(variablesOf))
}
