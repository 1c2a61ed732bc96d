import type { Literal, NamedNode } from '../term.ts'

/** A path into a record: `geometry.coordinates`; segments after splitting, array steps as `*`. */
export type FieldPath = readonly string[]

/** How a record gives a term (R2RML, section 7; RML and YARRRML alike). */
export type TermMap =
  | { readonly kind: 'constant'; readonly term: NamedNode | Literal }
  /** `segments` alternate: text, field, text, field … text; field values are percent-encoded in IRIs. */
  | {
      readonly kind: 'template'
      readonly text: readonly string[]
      readonly fields: readonly FieldPath[]
      readonly termType: 'iri' | 'blank' | 'literal'
      readonly datatype?: string
      readonly language?: string
    }
  | {
      readonly kind: 'field'
      readonly field: FieldPath
      readonly termType: 'iri' | 'blank' | 'literal'
      /** Absent: the natural mapping of the field's own type. */
      readonly datatype?: string
      readonly language?: string
    }

export interface PredicateObjectMap {
  readonly predicate: NamedNode
  readonly object: TermMap | ViewJoin
  /** The named graph its triples are in; absent: the default graph. */
  readonly graph?: TermMap
}

/** The subject of another view, where the fields agree (R2RML, section 8: referencing object maps). */
export interface ViewJoin {
  readonly kind: 'join'
  readonly view: string
  readonly on: readonly { readonly child: FieldPath; readonly parent: FieldPath }[]
}

/** What a view means: each record of a collection (or each element of an array within) yields a subject and its triples. */
export interface View {
  readonly name: string
  /** Collection, table or query the records come from. */
  readonly collection: string
  /** Array within a record whose elements are the records proper; absent: the record itself. */
  readonly iterator?: FieldPath
  readonly subject: TermMap
  readonly classes: readonly NamedNode[]
  readonly properties: readonly PredicateObjectMap[]
}
