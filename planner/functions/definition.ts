import type { Literal, Term } from '../term.ts'

/** Digest algorithms of SPARQL 1.1, section 17.4.6. */
export type DigestAlgorithm = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512'

/** What an expression needs of the world: the planner itself has neither a clock nor chance. */
export interface EvaluationContext {
  /** The one instant of the query, an `xsd:dateTime`. */
  readonly now: Literal
  /** A number in [0, 1). */
  random(): number
  /** A fresh UUID in its 36-character lower-case form. */
  uuid(): string
  /** `BNODE()` without, `BNODE(label)` with a label: the same label gives the same node within one solution only. */
  blankNode(label: string | undefined): Term
  /** The digest of the text's UTF-8 bytes, in lower-case hexadecimal digits. */
  digest(algorithm: DigestAlgorithm, text: string): string
  /**
   * Called as a call begins that may take long (REPLACE on a huge text); what it returns is called now and then within
   * that call, and throws to end it.
   */
  longCall?(): () => void
  /** The base IRI against which `IRI()` resolves. */
  readonly base?: string
}

/** A function of terms called by its IRI; `undefined` is a SPARQL error. */
export type ExtensionFunction = (args: readonly Term[], context: EvaluationContext) => Term | undefined

/**
 * A strict SPARQL function: an error among its arguments is an error, so that it sees terms only. `undefined` is a
 * SPARQL error. The common arities have a form of their own, which spares an array for each call.
 */
export type FunctionDefinition =
  | { readonly kind: 'nullary'; readonly apply: (context: EvaluationContext) => Term | undefined }
  | { readonly kind: 'unary'; readonly apply: (argument: Term, context: EvaluationContext) => Term | undefined }
  | {
      readonly kind: 'binary'
      readonly apply: (left: Term, right: Term) => Term | undefined
      /** `apply` with a constant on the right, which is then read once. */
      readonly withRight?: (right: Term) => (left: Term) => Term | undefined
    }
  | {
      readonly kind: 'variadic'
      readonly minimum: number
      readonly maximum: number
      readonly apply: (args: readonly Term[], context: EvaluationContext) => Term | undefined
    }

export const unary = (apply: (argument: Term, context: EvaluationContext) => Term | undefined): FunctionDefinition => ({
  kind: 'unary',
  apply,
})

export const binary = (
  apply: (left: Term, right: Term) => Term | undefined,
  withRight?: (right: Term) => (left: Term) => Term | undefined,
): FunctionDefinition => ({ kind: 'binary', apply, ...(withRight && { withRight }) })

export const variadic = (minimum: number, maximum: number, apply: ExtensionFunction): FunctionDefinition => ({
  kind: 'variadic',
  minimum,
  maximum,
  apply,
})
