import { PL } from '../../planner/namespaces.ts'
import { iri, type NamedNode, type Quad, quad, type Term, termKey } from '../../planner/term.ts'
import type { ConformanceCheck, ConformanceSubject } from '../conformance.ts'
import type { Connector } from '../connector.ts'
import memory from '../memory/index.ts'
import { type Capability, type Explored, forEverySubset, type Switches, withCapabilities } from './capabilities.ts'
import {
  companionQuads,
  type Question,
  questionsOf,
  questionsOfReferences,
  referenceAt,
  referenceQuads,
} from './questions.ts'
import { distinctTerms, expectSame, expectThat, inDefaultGraph, using } from './subject.ts'

/** An answer of the engine, of which SELECT queries are compared. */
type Answer =
  | {
      readonly kind: 'bindings'
      readonly variables: readonly string[]
      readonly blocks: AsyncIterable<readonly (readonly (Term | undefined)[])[]>
    }
  | { readonly kind: 'boolean' | 'quads' }

/** What opens a polystore over connectors: `(connectors) => open({ stores: [] }, { connectors })`. */
export type EngineFactory = (connectors: readonly Connector[]) => Promise<{
  execute(text: string, options?: { readonly without?: readonly string[] }): Promise<Answer>
  close(): Promise<void>
}>

export interface CapabilityOptions {
  /** SELECT queries beside those that the subject's quads give rise to; they must not depend on an order or a choice. */
  readonly queries?: readonly string[]
  /** Told how each question went. */
  readonly explored?: (question: string, result: Explored) => void
}

/**
 * Every question under every subset of what the connector can do (see {@link Capability}), beside a second store that
 * speaks of the same terms: all answers must be those of one store in memory that holds everything and is only scanned.
 *
 * ```ts
 * const engine = (connectors) => open({ stores: [] }, { connectors })
 * for (const { name, run } of capabilityChecks(subject, engine)) test(name, run)
 * ```
 */
export function capabilityChecks(
  subject: ConformanceSubject,
  engine: EngineFactory,
  options: CapabilityOptions = {},
): readonly ConformanceCheck[] {
  const checks: ConformanceCheck[] = [
    {
      name: 'answers the same whatever of its capabilities is switched off',
      run: () =>
        using(subject, async (connector) => {
          const questions = [
            ...questionsOf(subject.quads, subject.hidden !== undefined),
            ...(options.queries ?? []).map((text) => ({ name: text, text })),
          ]
          const beside = companionQuads(subject.quads)
          await compare(connector, questions, { beside, all: [...beside, ...subject.quads] }, engine, options)
        }),
    },
  ]
  const { references } = subject
  if (references !== undefined) {
    checks.push({
      name: 'answers the same of data references whatever of its capabilities is switched off',
      run: () =>
        using(subject, async (connector) => {
          const predicates = referencePredicates(connector, subject, references)
          const asked = questionsOfReferences(ofObjects(subject, references), predicates)
          const [storedIn, value] = [iri(`${PL}isStoredInStore`), iri(`${PL}value`)]
          const beside = referenceQuads(references, { storedIn, value, iri: iri(connector.iri) })
          const copies = references.flatMap(({ object }, i) =>
            ofObjects(subject, [{ object }]).map((each) => quad(referenceAt(i), each.predicate, each.object)),
          )
          const world = { beside, all: [...beside, ...copies, ...subject.quads.filter(isNoRecord)] }
          await compare(connector, asked, world, engine, options)
        }),
    })
  }
  return checks
}

const isNoRecord = ({ predicate }: Quad): boolean => !RECORDED.has(predicate.value)
const RECORDED: ReadonlySet<string> = new Set(['isStoredInStore', 'value'].map((name) => PL + name))

const ofObjects = (subject: ConformanceSubject, references: readonly { readonly object: Term }[]): readonly Quad[] => {
  const keys = new Set(references.map(({ object }) => termKey(object)))
  return inDefaultGraph(subject.quads).filter((each) => keys.has(termKey(each.subject)) && isNoRecord(each))
}

/** Predicates of the objects that the connector answers of references. */
function referencePredicates(
  { description }: Connector,
  subject: ConformanceSubject,
  references: NonNullable<ConformanceSubject['references']>,
): readonly NamedNode[] {
  const told = new Set(description.referencePredicates?.map(({ iri: name }) => name))
  const found = distinctTerms(ofObjects(subject, references).map(({ predicate }) => predicate))
  return found.filter(({ value }) => told.has(value)).slice(0, 4)
}

/** The other store's quads, and what all stores hold together. */
interface World {
  readonly beside: readonly Quad[]
  readonly all: readonly Quad[]
}

async function compare(
  connector: Connector,
  questions: readonly Question[],
  { beside, all }: World,
  engine: EngineFactory,
  { explored }: CapabilityOptions,
): Promise<void> {
  const hold = (id: string, quads: readonly Quad[], role: object = {}) =>
    memory({ id, type: 'memory', ...role, quads: [...quads] }, { base: 'urn:polyprov:conformance:' })
  const companion = hold('conformance', beside, connector.role === undefined ? { role: 'provenance' } : {})
  for (const question of questions) {
    const expected = await answered([hold('everything', all)], question, engine, { without: ['all'] })
    const result = await forEverySubset(async (has) => {
      const off: Capability[] = []
      const noting: Switches = (capability) => {
        const isOn = has(capability)
        if (!isOn && !off.includes(capability)) off.push(capability)
        return isOn
      }
      const what = () => `${question.name}${off.length === 0 ? '' : `, without ${off.join(', ')}`} (${question.text})`
      let actual: readonly string[]
      try {
        actual = await answered([companion, withCapabilities(connector, noting)], question, engine)
      } catch (error) {
        throw new Error(`${what()} fails: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
      expectSame(actual, expected, what())
      const inOrder = question.ordered !== true || actual.every((text, i) => text === expected[i])
      expectThat(inOrder, `${what()} has another order`)
    })
    explored?.(question.name, result)
  }
}

async function answered(
  connectors: readonly Connector[],
  { text, ordered }: Question,
  engine: EngineFactory,
  options?: { readonly without: readonly string[] },
): Promise<readonly string[]> {
  const polystore = await engine(connectors)
  try {
    const answer = await polystore.execute(text, options)
    if (answer.kind !== 'bindings') throw new Error(`no SELECT query: ${text}`)
    const order = answer.variables.map((name, i) => ({ name, i })).sort((a, b) => (a.name < b.name ? -1 : 1))
    const rows: string[] = []
    for await (const block of answer.blocks) {
      for (const row of block) {
        rows.push(order.flatMap(({ name, i }) => (row[i] === undefined ? [] : `${name}=${termKey(row[i])}`)).join(' '))
      }
    }
    return ordered === true ? rows : rows.sort()
  } finally {
    await polystore.close()
  }
}
