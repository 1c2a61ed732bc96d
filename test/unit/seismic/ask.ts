import { Store } from 'oxigraph'
import { BUILTIN_QUERIES } from '../../../src/queries/index.ts'

/** A stored query of polyprov's, asked of Oxigraph: parameters are put in as text, rows come back as text. */
export function ask(store: Store, id: string, parameters: Readonly<Record<string, string>>): Record<string, string>[] {
  const query = BUILTIN_QUERIES.find((one) => one.id === id)!
  const text = query.parameters.reduce((changed, { name, type, default: value }) => {
    const given = parameters[name] ?? value ?? ''
    const term = type === 'iri' ? `<${given}>` : type === 'integer' ? given : JSON.stringify(given)
    return changed.replaceAll(`$${name}`, term)
  }, query.text)
  const rows = store.query(text) as Map<string, { value: string }>[]
  return rows.map((row) => Object.fromEntries([...row].map(([name, term]) => [name, term.value])))
}

const PREFIXES = `
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX pl: <https://w3id.org/polyprov/provlake#>
PREFIX provml: <https://w3id.org/polyprov/provml#>
PREFIX segy: <https://w3id.org/polyprov/segy#>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX og: <https://w3id.org/polyprov/example/seismic#>
PREFIX : <urn:test:>
`

/** A store with triples in Turtle, the usual prefixes declared. */
export function storeOf(turtle: string): Store {
  const store = new Store()
  store.load(PREFIXES + turtle, { format: 'text/turtle' })
  return store
}
