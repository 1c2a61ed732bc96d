import { iri, type NamedNode } from '../../planner/term.ts'

const segment = encodeURIComponent

/** The IRI of a workflow as planned: the same for every run of that name. */
export const workflowIri = (base: string, workflow: string): NamedNode => iri(`${base}workflow/${segment(workflow)}`)

/** The IRI of a data transformation as planned. */
export const transformationIri = (base: string, workflow: string, transformation: string): NamedNode =>
  iri(`${workflowIri(base, workflow).value}/transformation/${segment(transformation)}`)

/** The IRI of one run of a workflow. */
export const workflowExecutionIri = (base: string, workflow: string, id: string): NamedNode =>
  iri(`${base}execution/${segment(workflow)}/${segment(id)}`)

/** The IRI of an execution within another: a task, an epoch, a batch. */
export const partIri = (whole: NamedNode, name: string, count: number | string): NamedNode =>
  iri(`${whole.value}/${segment(name)}/${segment(String(count))}`)

/**
 * The IRI of a value: its execution, the direction and the attribute are its identity, so that equal scalars of two
 * executions stay two entities.
 */
export const valueIri = (execution: NamedNode, direction: string, attribute: string, count: number): NamedNode =>
  iri(`${execution.value}/${direction}/${segment(attribute)}${count > 1 ? `/${count}` : ''}`)
