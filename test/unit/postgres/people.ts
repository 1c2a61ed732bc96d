import { objectIri } from '../../../connectors/connector.ts'
import { XSD } from '../../../planner/namespaces.ts'
import { iri, literal, type NamedNode, type Quad, quad, type Term } from '../../../planner/term.ts'
import { BASE } from './harness.ts'

/** Tables with several types, and their triples written out by hand. */
export const PEOPLE_SQL = `
CREATE TABLE city (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO city VALUES (1, 'Rio'), (2, 'São Paulo');
CREATE TABLE people (id text PRIMARY KEY, name text, size numeric(10, 2), born date, city int REFERENCES city, active boolean, seen timestamptz, tags text[]);
INSERT INTO people VALUES
  ('ada', 'Ada', 1.50, '1815-12-10', 1, true, '2020-01-01 12:00:00.25+02', '{a,b}'),
  ('bob', 'Bob', 2, NULL, 2, false, NULL, '{}'),
  ('c/d', 'É "c"', NULL, '2000-02-29', 1, NULL, '2020-01-01 00:00:00Z', NULL);
CREATE TABLE likes (person text REFERENCES people, city int REFERENCES city, weight float8, note text, PRIMARY KEY (person, city));
INSERT INTO likes VALUES ('ada', 1, 0.5, 'x'), ('ada', 2, 1e22, 'x'), ('bob', 1, '-0', 'y');
`

export const PEOPLE_VIEWS = `prefixes:
  x: http://x/
mappings:
  people:
    s: $(@object)
    po:
      - [a, x:Person]
      - [x:name, $(name)]
      - [x:size, $(size)]
      - [x:born, $(born)]
      - [x:active, $(active)]
      - [x:seen, $(seen)]
      - [x:tag, $(tags)]
      - p: x:city
        o:
          mapping: city
          condition:
            function: equal
            parameters:
              - [str1, $(city)]
              - [str2, $(id)]
  city:
    s: http://x/city/$(id)
    po:
      - [a, x:City]
      - [x:name, $(name), pt~lang]
      - [x:id, $(id)]
  likes:
    s: http://x/like/$(person)/$(city)
    po:
      - [x:of, "http://x/person/$(person)~iri"]
      - [x:what, "http://x/city/$(city)~iri"]
      - [x:weight, $(weight)]
      - [x:note, $(note)]
      - p: x:note
        o: $(note)
        graph: http://x/notes
`

const x = (name: string): NamedNode => iri(`http://x/${name}`)
const person = (id: string): NamedNode => iri(objectIri(BASE, 'postgres', `people/${id}`))
const typed = (value: string, type: string): Term => literal(value, iri(XSD + type))
const a = iri('http://www.w3.org/1999/02/22-rdf-syntax-ns#type')

/** Every triple, blank nodes left out. */
export const PEOPLE_QUADS: readonly Quad[] = [
  quad(person('ada'), a, x('Person')),
  quad(person('ada'), x('name'), literal('Ada')),
  quad(person('ada'), x('size'), typed('1.5', 'decimal')),
  quad(person('ada'), x('born'), typed('1815-12-10', 'date')),
  quad(person('ada'), x('active'), typed('true', 'boolean')),
  quad(person('ada'), x('seen'), typed('2020-01-01T10:00:00.25Z', 'dateTime')),
  quad(person('ada'), x('tag'), literal('a')),
  quad(person('ada'), x('tag'), literal('b')),
  quad(person('ada'), x('city'), x('city/1')),
  quad(person('bob'), a, x('Person')),
  quad(person('bob'), x('name'), literal('Bob')),
  quad(person('bob'), x('size'), typed('2', 'decimal')),
  quad(person('bob'), x('active'), typed('false', 'boolean')),
  quad(person('bob'), x('city'), x('city/2')),
  quad(person('c/d'), a, x('Person')),
  quad(person('c/d'), x('name'), literal('É "c"')),
  quad(person('c/d'), x('born'), typed('2000-02-29', 'date')),
  quad(person('c/d'), x('seen'), typed('2020-01-01T00:00:00Z', 'dateTime')),
  quad(person('c/d'), x('city'), x('city/1')),
  quad(x('city/1'), a, x('City')),
  quad(x('city/1'), x('name'), literal('Rio', 'pt')),
  quad(x('city/1'), x('id'), typed('1', 'integer')),
  quad(x('city/2'), a, x('City')),
  quad(x('city/2'), x('name'), literal('São Paulo', 'pt')),
  quad(x('city/2'), x('id'), typed('2', 'integer')),
  ...[
    ['ada', '1', '5.0E-1', 'x'],
    ['ada', '2', '1.0E22', 'x'],
    ['bob', '1', '-0.0E0', 'y'],
  ].flatMap(([of = '', what = '', weight = '', note = '']) => {
    const like = x(`like/${of}/${what}`)
    return [
      quad(like, x('of'), x(`person/${of}`)),
      quad(like, x('what'), x(`city/${what}`)),
      quad(like, x('weight'), typed(weight, 'double')),
      quad(like, x('note'), literal(note)),
      quad(like, x('note'), literal(note), x('notes')),
    ]
  }),
]

/** The references that the store holds. */
export const PEOPLE_REFERENCES = ['ada', 'bob', 'c/d'].map((id) => ({ locator: `people/${id}`, object: person(id) }))
