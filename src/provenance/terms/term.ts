/** One term of a vocabulary that polyprov publishes; names with a prefix (`prov:Entity`) lead elsewhere. */
export interface TermDefinition {
  readonly kind: 'class' | 'object property' | 'datatype property' | 'individual'
  readonly comment: string
  /** Absent: made of the name, `modelReferenceValue` → `model reference value`. */
  readonly label?: string
  readonly domain?: string
  readonly range?: string
  /** Classes or properties above it; the class, where the term is an individual. */
  readonly parents?: readonly string[]
}

/** The terms of one namespace by local name. */
export type TermTable = Readonly<Record<string, TermDefinition>>
