import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Plan } from '../../planner/algebra.ts'
import { explain } from '../../planner/explain.ts'
import { parse } from '../../planner/parse.ts'
import { optimise } from '../../planner/plan.ts'
import { RULES } from '../../planner/rules/index.ts'
import { iri, literal, type Term } from '../../planner/term.ts'
import { walk } from '../../planner/traverse.ts'
import { BUILTIN_QUERIES } from '../../src/queries/index.ts'
import { catalog } from './catalog.ts'

/*
 * Golden plans: each `.rq` names in its head what it shows, and the rule whose work its `.plan` holds before and after;
 * without a rule the whole plan. `UPDATE_PLANS=1 npx vitest run test/plans` writes them anew.
 */

const FOLDER = import.meta.dirname
const UPDATE = process.env['UPDATE_PLANS'] === '1'

interface Case {
  readonly name: string
  readonly text: string
  readonly rule?: string
  readonly without: readonly string[]
  readonly parameters: Readonly<Record<string, Term>>
}

const PREFIXES = `PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX provml: <https://w3id.org/polyprov/provml#>
PREFIX pl: <https://w3id.org/polyprov/provlake#> PREFIX segy: <https://w3id.org/polyprov/segy#>
PREFIX hdf5: <https://w3id.org/polyprov/hdf5#> PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX geof: <http://www.opengis.net/def/function/geosparql/>
PREFIX og: <https://w3id.org/polyprov/example/seismic#> PREFIX : <https://example.org/og/>
`

const cases: readonly Case[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.rq'))
  .sort()
  .map((name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8')
    const rule = /^# rule: (\S+)/m.exec(text)?.[1]
    return {
      name: name.slice(0, -3),
      text: PREFIXES + text,
      ...(rule === undefined ? {} : { rule }),
      without: /^# without: (\S+)/m.exec(text)?.slice(1) ?? [],
      parameters: {},
    }
  })

const EXAMPLES: Readonly<Record<string, Term>> = {
  iri: iri('https://example.org/og/given'),
  string: literal('inline'),
  integer: literal('300', iri('http://www.w3.org/2001/XMLSchema#integer')),
}

const questions: readonly Case[] = BUILTIN_QUERIES.map(({ id, text, parameters }) => ({
  name: id,
  text,
  without: [],
  parameters: Object.fromEntries(
    parameters.map(({ name, type, default: preset }) => [
      name,
      preset === undefined ? EXAMPLES[type]! : literal(preset),
    ]),
  ),
}))

const logical = ({ text, parameters }: Case): Plan => parse(text, { parameters }).plan

const textOf = (plan: Plan, rules: readonly string[] = []): string => explain({ plan, rules }, catalog).text

function golden(each: Case): string {
  const steps: { rule: string; before: Plan; after: Plan }[] = []
  const { plan, rules } = optimise(logical(each), catalog, {
    without: each.without,
    onRule: (rule, before, after) => steps.push({ rule, before, after }),
  })
  if (each.rule === undefined) return `${textOf(plan, rules)}\n`
  const step = steps.find(({ rule }) => rule === each.rule)
  if (step === undefined) throw new Error(`the rule ${each.rule} changes nothing in ${each.name}.rq`)
  return `before ${each.rule}\n\n${textOf(step.before)}\n\nafter ${each.rule}\n\n${textOf(step.after)}\n`
}

const finalText = (each: Case, without: readonly string[] = []): string =>
  textOf(optimise(logical(each), catalog, { without: [...each.without, ...without] }).plan)

function freeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) freeze(member)
  return value
}

describe('golden plans', () => {
  it.each([...cases, ...questions])('$name', (each) => {
    const file = join(FOLDER, `${each.name}.plan`)
    const text = golden(each)
    if (UPDATE || !existsSync(file)) writeFileSync(file, text)
    expect(text).toBe(readFileSync(file, 'utf8'))
  })

  it('are there for every rule', () => {
    expect(new Set(cases.flatMap(({ rule }) => rule ?? []))).toEqual(new Set(RULES.map(({ name }) => name)))
  })

  it.each(RULES.filter(({ optional }) => optional))('without $name there is another plan', ({ name }) => {
    const shown = cases.filter(({ rule }) => rule === name)
    expect(shown.some((each) => finalText(each) !== finalText(each, [name]))).toBe(true)
  })
})

describe('planning', () => {
  it.each([...cases, ...questions])('$name is deterministic', (each) => {
    expect(golden(each)).toBe(golden(each))
  })

  it.each([...cases, ...questions])('$name changes neither the query nor the catalog', (each) => {
    // The classes of terms keep caches of their own in no member: freezing them is harmless.
    const plan = freeze(logical(each))
    freeze(catalog.sources.map(({ description }) => description))
    const before = textOf(plan)
    optimise(plan, catalog)
    expect(textOf(plan)).toBe(before)
  })

  it('starts at the documents when a polygon is given', () => {
    const forward = cases.find(({ name }) => name === 'forward-from-a-polygon')!
    const { plan } = optimise(logical(forward), catalog)
    const fragments = [...walk(plan)].filter((node) => node.kind === 'fragment')
    expect(fragments[0]?.source).toBe('surveys')
    expect(fragments[0]?.native.text).toContain('sfIntersects')
  })
})
