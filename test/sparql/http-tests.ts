import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Term } from '@rdfjs/types'
import { Parser, Store } from 'n3'
import { publishedIri, type W3cTest } from './manifest.ts'

const MF = 'http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#'
const UT = 'http://www.w3.org/2009/sparql/tests/test-update#'
const HT = 'http://www.w3.org/2011/http#'
const HTS = 'http://www.w3.org/2011/http-statusCodes#'
const CNT = 'http://www.w3.org/2011/content#'
const RDFS = 'http://www.w3.org/2000/01/rdf-schema#'

/** A message's body; `encoding` is the characters' own, such as UTF-16. */
export interface HttpBody {
  readonly text: string
  readonly encoding: string
}

export interface HttpExpectation {
  /** Any of these: a status (`201`), or a class of them (`4xx`). */
  readonly statuses: readonly string[]
  readonly boolean?: boolean
  readonly format?: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: HttpBody
  /** A name that stands for the `Location` of this response in the requests that follow. */
  readonly location?: string
}

export interface HttpRequest {
  readonly method: string
  /** Path and query string. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: HttpBody
  readonly expected: HttpExpectation
}

/** Requests that are made one after the other, over a dataset. */
export interface HttpTest extends W3cTest {
  readonly name: string
  readonly requests: readonly HttpRequest[]
  /** Named graphs: the files of their triples by their IRIs. */
  readonly graphs: Readonly<Record<string, string>>
}

/** The tests of an HTTP protocol that a manifest, and those that it includes, describe, in the order of its lists. */
export function readHttpTests(path: string): readonly HttpTest[] {
  const store = new Store(new Parser({ baseIRI: pathToFileURL(path).href }).parse(readFileSync(path, 'utf8')))
  const lists = store.extractLists()
  const listed = (predicate: string): readonly Term[] =>
    store.getObjects(null, `${MF}${predicate}`, null).flatMap((list) => lists[list.value] ?? [])
  const group = basename(dirname(path))
  return [
    ...listed('include').flatMap((manifest) => readHttpTests(fileURLToPath(manifest.value))),
    ...listed('entries').map((entry) => readHttpTest(entry, group, store, lists)),
  ]
}

type Lists = Readonly<Record<string, readonly Term[]>>

function readHttpTest(entry: Term, group: string, store: Store, lists: Lists): HttpTest {
  const graphs = store.getObjects(entry, `${UT}graphData`, null).map((data): [string, string] => {
    return [textOf(data, `${RDFS}label`, store)!, fileURLToPath(textOf(data, `${UT}graph`, store)!)]
  })
  const action = store.getObjects(entry, `${MF}action`, null)[0]
  if (action === undefined) throw new Error(`${entry.value} has no action`)
  const requests = store.getObjects(action, `${HT}requests`, null)[0]!
  return {
    iri: publishedIri(entry.value),
    id: `${group}/${entry.value.replace(/^.*[#/]/, '')}`,
    group,
    name: textOf(entry, `${MF}name`, store)!,
    requests: lists[requests.value]!.map((request) => readRequest(request, store, lists)),
    graphs: Object.fromEntries(graphs),
  }
}

function readRequest(request: Term, store: Store, lists: Lists): HttpRequest {
  const response = store.getObjects(request, `${HT}resp`, null)[0]!
  const boolean = textOf(response, `${MF}expectedBoolean`, store)
  const format = textOf(response, `${MF}expectedFormat`, store)
  const location = textOf(response, `${MF}expectedLocation`, store)
  return {
    method: textOf(request, `${HT}methodName`, store)!,
    path: textOf(request, `${HT}absolutePath`, store)!,
    ...readMessage(request, store, lists),
    expected: {
      statuses: store.getObjects(response, `${MF}expectedStatus`, null).map(statusOf),
      ...(boolean === undefined ? {} : { boolean: boolean === 'true' }),
      ...(format === undefined ? {} : { format }),
      ...(location === undefined ? {} : { location }),
      ...readMessage(response, store, lists),
    },
  }
}

function readMessage(message: Term, store: Store, lists: Lists): Pick<HttpRequest, 'headers' | 'body'> {
  const headers = store
    .getObjects(message, `${HT}headers`, null)
    .flatMap((list) => lists[list.value] ?? [])
    .map((header): [string, string] => [
      textOf(header, `${HT}fieldName`, store)!.toLowerCase(),
      textOf(header, `${HT}fieldValue`, store)!,
    ])
  const body = store.getObjects(message, `${HT}body`, null)[0]
  return {
    headers: Object.fromEntries(headers),
    ...(body === undefined
      ? {}
      : {
          body: {
            text: textOf(body, `${CNT}chars`, store)!,
            encoding: textOf(body, `${CNT}characterEncoding`, store) ?? 'UTF-8',
          },
        }),
  }
}

/** Names of status codes that the manifests use (HTTP in RDF, appendix). */
const STATUSES: Readonly<Record<string, string>> = {
  OK: '200',
  Created: '201',
  NoContent: '204',
  BadRequest: '400',
  NotFound: '404',
  MethodNotAllowed: '405',
  UnsupportedMediaType: '415',
}

function statusOf({ value }: Term): string {
  const name = value.slice(HTS.length)
  const status = STATUSES[name] ?? /^StatusCode(\dxx)$/.exec(name)?.[1]
  if (status === undefined) throw new Error(`${value} is no status that is known here`)
  return status
}

const textOf = (subject: Term, predicate: string, store: Store): string | undefined =>
  store.getObjects(subject, predicate, null)[0]?.value
