import type { ExplainedStep } from '../../planner/explain.ts'

/** A step of a plan as JSON. */
export interface StepJson {
  readonly label: string
  readonly operator: string
  readonly source?: string
  readonly native?: { readonly language: string; readonly text: string }
  readonly natives?: NonNullable<ExplainedStep['natives']>
  readonly estimatedRows?: number
  readonly stats?: NonNullable<ExplainedStep['measured']>
  readonly inputs: readonly StepJson[]
}

/** A step as JSON shows it: what was measured has the name that results give it. */
export function stepAsJson({
  label,
  operator,
  source,
  native,
  natives,
  estimatedRows,
  measured,
  inputs,
}: ExplainedStep): StepJson {
  return {
    label,
    operator,
    ...(source === undefined ? {} : { source }),
    ...(native === undefined ? {} : { native: { language: native.language, text: native.text } }),
    ...(natives === undefined ? {} : { natives }),
    ...(estimatedRows === undefined ? {} : { estimatedRows }),
    ...(measured === undefined ? {} : { stats: measured }),
    inputs: inputs.map(stepAsJson),
  }
}

/** The inverse of {@link stepAsJson}. */
export const stepFromJson = ({ stats, inputs, ...step }: StepJson): ExplainedStep => ({
  ...step,
  ...(stats === undefined ? {} : { measured: stats }),
  inputs: inputs.map(stepFromJson),
})
