import { objectIri } from '../../connectors/connector.ts'
import { XSD } from '../../planner/namespaces.ts'
import { iri, literal, type Quad, quad } from '../../planner/term.ts'
import { encodeValue } from '../../planner/views/encoding.ts'

export const BASE = 'https://example.org/'
const x = (name: string) => iri(`http://x/${name}`)

/** Records whose texts are nasty, and whose keys are those texts. */
export interface Note {
  readonly _id: string
  readonly text: string
  readonly number: number
}

export const notesOf = (texts: readonly string[]): readonly Note[] =>
  [...new Set(texts)].map((text, number) => ({ _id: text, text, number }))

/** Views over a collection or table `note`; `key` is its key. */
export const notesViews = (key: string): string => `prefixes:
  x: http://x/
mappings:
  note:
    s: http://x/note/$(text)
    po:
      - [x:text, $(text)]
      - [x:said, $(text), en~lang]
      - [x:typed, $(text), x:type]
      - [x:number, $(number)]
      - [x:link, x:link/$(text)~iri]
      - [x:inside, "(('$(text)'))"]
      - p: x:text
        o: $(text)
        graph: x:graph
  body:
    sources: [note]
    s: $(@object)
    po:
      - [x:body, $(${key})]
`

/** The triples of {@link notesViews} in a store. */
export const noteQuads = (notes: readonly Note[], store: string): readonly Quad[] =>
  notes.flatMap(({ text, number }) => {
    const note = x(`note/${encodeValue(text, 'iri')}`)
    return [
      quad(note, x('text'), literal(text)),
      quad(note, x('said'), literal(text, 'en')),
      quad(note, x('typed'), literal(text, x('type'))),
      quad(note, x('number'), literal(String(number), iri(`${XSD}integer`))),
      quad(note, x('link'), x(`link/${encodeValue(text, 'iri')}`)),
      quad(note, x('inside'), literal(`(('${text}'))`)),
      quad(note, x('text'), literal(text), x('graph')),
      quad(iri(objectIri(BASE, store, `note/${text}`)), x('body'), literal(text)),
    ]
  })

/** The same records as a table of PostgreSQL. */
export const tableOf = (all: readonly Note[]): string =>
  `CREATE TABLE note (key text PRIMARY KEY, text text NOT NULL, number int NOT NULL);
   INSERT INTO note SELECT e->>'_id', e->>'text', (e->>'number')::int FROM json_array_elements($json$${JSON.stringify(all)}$json$) AS e`
