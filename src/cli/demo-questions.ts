import { PolyprovError } from '../../planner/errors.ts'
import type { ExplainedStep } from '../../planner/explain.ts'
import { PL, PROV, PROVML } from '../../planner/namespaces.ts'
import { iri, type Term } from '../../planner/term.ts'
import type { Polystore } from '../polystore.ts'
import { WELL_KNOWN_PREFIXES } from '../results/prefixes.ts'
import { bindingsToTable } from '../results/table.ts'
import { writeText } from '../results/write.ts'
import { type CommandContext, wantsColour } from './context.ts'
import { printText } from './output.ts'

const PREFIXES = `PREFIX prov: <${PROV}> PREFIX pl: <${PL}> PREFIX provml: <${PROVML}>`

/** A model of whose origins the most is known: its survey is annotated, its training set was cut from a range. */
const MODEL = `${PREFIXES}
SELECT ?model ?dataset ?axis ?start ?end WHERE {
  ?model a provml:ModelReferenceValue ; prov:wasDerivedFrom+ ?dataset .
  ?dataset a provml:LearningDatasetReferenceValue ; prov:wasDerivedFrom+ ?seismic .
  ?seismic pl:ofSchema pl:SeismicFile .
  OPTIONAL { ?other prov:wasDerivedFrom ?seismic ; pl:isStoredInStore ?annotations . FILTER(STRENDS(STR(?annotations), "/annotations")) }
  ?dataset prov:wasDerivedFrom* ?prepared . ?prepared prov:wasGeneratedBy ?preparation . ?preparation prov:used ?range .
  ?range pl:axis ?axis ; pl:rangeStart ?start ; pl:rangeEnd ?end .
} ORDER BY DESC(BOUND(?annotations)) ?dataset DESC(?model) LIMIT 1`

interface Subject {
  readonly model: string
  readonly dataset: string
  readonly axis: string
  readonly start: string
  readonly end: string
}

async function subject(polystore: Polystore, signal: AbortSignal): Promise<Subject> {
  const execution = await polystore.execute(MODEL, { signal })
  if (execution.kind === 'bindings') {
    for await (const [row] of execution.blocks) {
      if (row === undefined) continue
      const value = (name: string): string => row[execution.variables.indexOf(name)]?.value ?? ''
      return {
        model: value('model'),
        dataset: value('dataset'),
        axis: value('axis'),
        start: value('start'),
        end: value('end'),
      }
    }
  }
  throw new PolyprovError('not-found', 'the example holds no model whose training set came from a survey')
}

/** What the plan asks of each store, in its order: native queries of fragments, and references met where they are kept. */
function nativeQueries({ operator, label, source, native, inputs }: ExplainedStep): readonly string[] {
  const indented = native?.text.trimEnd().replace(/^/gm, '    ')
  const own =
    native !== undefined
      ? [`  ${source ?? 'store'} (${native.language}):\n${indented}\n`]
      : operator === 'resolve'
        ? [`  ${label}\n`]
        : []
  return [...own, ...inputs.flatMap(nativeQueries)]
}

/** Prints the six questions with their answers, then the plan of the first. */
export async function answerQuestions(polystore: Polystore, context: CommandContext): Promise<void> {
  const { stdout, signal } = context
  const known = await subject(polystore, signal)
  const values: Readonly<Record<string, string>> = { ...known, match: 'overlap' }
  const table = {
    prefixes: { ...WELL_KNOWN_PREFIXES, store: `${polystore.base}store/` },
    width: stdout.isTTY === true ? (stdout.columns ?? 80) : 0,
    colour: wantsColour(stdout, context),
  }
  for (const { id, label, description, parameters } of polystore.queries.list().filter(({ builtin }) => builtin)) {
    const given = Object.fromEntries(parameters.map(({ name }) => [name, values[name] ?? '']))
    const shown = Object.entries(given).map(([name, value]) => `  ${name} = ${value}\n`)
    await printText(
      context,
      `${id}  ${label}\n${description === undefined ? '' : `  ${description}\n`}${shown.join('')}\n`,
    )
    const execution = await polystore.queries.run(id, given, { signal })
    if (execution.kind !== 'bindings') throw new PolyprovError('internal', `${id} does not answer rows`)
    await writeText(bindingsToTable(execution, table), stdout, signal)
    await printText(context, '\n')
  }
  await explainFirst(polystore, known.model, context)
}

async function explainFirst(polystore: Polystore, model: string, context: CommandContext): Promise<void> {
  const parameters: Readonly<Record<string, Term>> = { model: iri(model) }
  const { plan, text } = await polystore.explain(polystore.queries.get('q1').text, {
    parameters,
    signal: context.signal,
  })
  const natives = nativeQueries(plan).filter((native, index, all) => all.indexOf(native) === index)
  await printText(context, `The plan of q1\n\n${text.trimEnd()}\n\nWhat each store is asked\n\n${natives.join('\n')}\n`)
}
