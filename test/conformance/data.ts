import { Parser } from 'n3'
import { type Quad, quad } from '../../planner/term.ts'

export const BASE = 'urn:polyprov:'

/** Triples of several shapes; no blank nodes, whose labels are each store's own. */
export const TRIG = `@prefix : <http://x/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
:a a :Model ; :p :b , :c ; :name "ada" ; :size 1 ; :when "2024-01-01T00:00:00Z"^^xsd:dateTime .
:b a :Model , :Set ; :p :b ; :name "bob"@en , "bob" ; :size 2 ; :self :b .
:c a :Set ; :p :a ; :name "" ; :size 2.5 , "1.5"^^xsd:double ; :flag true ; :size "x" .
:d :p :p ; :odd "01"^^xsd:integer , "1"^^xsd:integer ; :self :d .
:g1 { :a :p :b . :b :q :a . :g1 :p :c . :a :size 1 }
:g2 { :a :p :b . :c :q :g2 . :g2 :q :g1 }`

export const quadsOf = (trig: string): readonly Quad[] =>
  (new Parser({ format: 'application/trig' }).parse(trig) as readonly unknown[] as readonly Quad[]).map(
    ({ subject, predicate, object, graph }) => quad(subject, predicate, object, graph),
  )

export const QUADS: readonly Quad[] = quadsOf(TRIG)
