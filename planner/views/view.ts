import type { Literal, NamedNode } from '../term.ts'

/**
 * A path into a record, one field name a segment. A name met on an array is looked up in each of its elements, and an
 * array at the end stands for its elements, as in MongoDB; `*` steps into the elements explicitly. In a view with an
 * iterator paths start at the element, those whose first segment is {@link ROOT} at the whole record.
 */
export type FieldPath = readonly string[]

/** First segment of a path that starts at the whole record, whatever the iterator. */
export const ROOT = '$'
/** The only segment of the path that stands for the element's position in its record, from 0. */
export const INDEX = '@index'

/** How a value is written into an IRI: RFC 3987 `iunreserved` stays (R2RML, section 7.3), or as `encodeURIComponent`. */
export type Encoding = 'iri' | 'component'

export type TermType = 'iri' | 'blank' | 'literal'

/** How a record gives terms (R2RML, section 7; RML and YARRRML alike): none, one, or several where a field is an array. */
export type TermMap =
  | { readonly kind: 'constant'; readonly term: NamedNode | Literal }
  /** `text` and `fields` alternate: text, field, text, field … text; so `text` is one longer. */
  | {
      readonly kind: 'template'
      readonly text: readonly string[]
      readonly fields: readonly FieldPath[]
      readonly termType: TermType
      /** Of the values in IRIs; absent: `iri`. */
      readonly encoding?: Encoding
      readonly datatype?: string
      readonly language?: string
    }
  | {
      readonly kind: 'field'
      readonly field: FieldPath
      readonly termType: TermType
      /** Absent: the natural mapping of the field's own type. */
      readonly datatype?: string
      readonly language?: string
      /** What relative IRIs are appended to (R2RML, section 7.5); absent: they give no term. */
      readonly base?: string
    }

/** A predicate with its object; both may give several terms, and every combination is a triple. */
export interface PredicateObjectMap {
  readonly predicate: TermMap
  readonly object: TermMap | ViewJoin
  /** The named graph its triples are in; absent: the default graph. */
  readonly graph?: TermMap
}

/**
 * The subject of another view, where the fields agree as JSON values (R2RML, section 8: referencing object maps).
 * Without conditions: of the same record where both views are over the same records, else of every record.
 */
export interface ViewJoin {
  readonly kind: 'join'
  readonly view: string
  readonly on: readonly { readonly child: FieldPath; readonly parent: FieldPath }[]
}

/** The records of a view: those of a collection, or the elements of an array within each of them. */
export interface RecordSource {
  /** Collection, table or query the records come from. */
  readonly collection: string
  /** The collection is the text of a query, in the store's own language. */
  readonly isQuery?: boolean
  /** Array within a record whose elements are the records proper; absent: the record itself. */
  readonly iterator?: FieldPath
}

/** What a view means: each record yields a subject and its triples. */
export interface View extends RecordSource {
  readonly name: string
  readonly subject: TermMap
  /** Classes of the subject, stated in the default graph. */
  readonly classes: readonly NamedNode[]
  readonly properties: readonly PredicateObjectMap[]
}
