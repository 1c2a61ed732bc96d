import { PL, XSD } from '../../planner/namespaces.ts'
import { iri, literal, type Quad, quad } from '../../planner/term.ts'
import { objectIri, storeIri } from '../connector.ts'
import type { ObjectInfo } from './object-store.ts'

export const FORMAT = `${PL}format`
const STORED_IN = `${PL}isStoredInStore`
export const LOCATOR = `${PL}value`

/** Terms of every object, whatever its format. */
export const OBJECT_TERMS: readonly string[] = [
  LOCATOR,
  STORED_IN,
  `${PL}sizeBytes`,
  `${PL}etag`,
  `${PL}modified`,
  FORMAT,
]

/** Where objects are: base of the IRIs, and the store's id. */
export interface Place {
  readonly base: string
  readonly store: string
}

/** What a listing tells of an object, its format aside. */
export function objectTriples(info: ObjectInfo, { base, store }: Place): readonly Quad[] {
  const subject = iri(objectIri(base, store, info.locator))
  return [
    quad(subject, iri(LOCATOR), literal(info.locator)),
    quad(subject, iri(STORED_IN), iri(storeIri(base, store))),
    quad(subject, iri(`${PL}sizeBytes`), literal(String(info.size), iri(`${XSD}integer`))),
    quad(subject, iri(`${PL}etag`), literal(info.etag)),
    ...(info.modified === undefined
      ? []
      : [quad(subject, iri(`${PL}modified`), literal(info.modified.toISOString(), iri(`${XSD}dateTime`)))]),
  ]
}

/** The locator in the IRI of an object of this store, or of a node within it; `undefined` for any other IRI. */
export function locatorOf(value: string, { base, store }: Place): string | undefined {
  const prefix = objectIri(base, store, '')
  if (!value.startsWith(prefix)) return undefined
  const [encoded = ''] = value.slice(prefix.length).split('#', 1)
  try {
    const locator = decodeURIComponent(encoded)
    // An IRI of another spelling names no object: one object has one IRI.
    return locator !== '' && objectIri(base, store, locator) === prefix + encoded ? locator : undefined
  } catch {
    return undefined
  }
}
