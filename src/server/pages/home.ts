import type { StoredQuery, StoredQueryParameter, StoreInfo } from '../../polystore.ts'
import { htmlText, page } from './page.ts'

const INPUT_TYPE: Readonly<Record<StoredQueryParameter['type'], string>> = {
  iri: 'url',
  string: 'text',
  integer: 'number',
  decimal: 'text',
  double: 'text',
  boolean: 'text',
}

function control(query: StoredQuery, parameter: StoredQueryParameter): string {
  const { name, type, oneOf, description } = parameter
  const id = `${query.id}-${name}`
  const choices = oneOf ?? (type === 'boolean' ? ['true', 'false'] : undefined)
  const common = `id="${htmlText(id)}" name="${htmlText(name)}"`
  const input =
    choices === undefined
      ? // An IRI such as urn:x:y is a URL to browsers, too.
        `<input ${common} type="${INPUT_TYPE[type]}" value="${htmlText(parameter.default ?? '')}"${parameter.default === undefined ? ' required' : ''}>`
      : `<select ${common}>${choices.map((choice) => `<option${choice === parameter.default ? ' selected' : ''}>${htmlText(choice)}</option>`).join('')}</select>`
  const title = description === undefined ? '' : ` title="${htmlText(description)}"`
  return `<label for="${htmlText(id)}"${title}>${htmlText(name)}</label> ${input}\n`
}

function form(query: StoredQuery): string {
  return `<section>
<h2>${htmlText(query.id)} <small>${htmlText(query.label)}</small></h2>
${query.description === undefined ? '' : `<p>${htmlText(query.description)}</p>\n`}<form method="get" action="/api/v1/queries/${encodeURIComponent(query.id)}">
${query.parameters.map((parameter) => control(query, parameter)).join('')}<button>Ask</button>
</form>
</section>
`
}

const EXAMPLE = `PREFIX prov: <http://www.w3.org/ns/prov#>
SELECT ?derived ?source WHERE { ?derived prov:wasDerivedFrom ?source } LIMIT 20`

/** The console: a form for each stored query, one for SPARQL, and the stores behind them. All of it works without scripts. */
export function homePage(queries: readonly StoredQuery[], stores: readonly StoreInfo[]): string {
  const list = stores.map(
    ({ id, type }) =>
      `<li><a href="/api/v1/stores/${encodeURIComponent(id)}">${htmlText(id)}</a> (${htmlText(type)})</li>\n`,
  )
  const body = `<h1>Questions</h1>
${queries.map(form).join('')}<section>
<h2>SPARQL</h2>
<form method="get" action="/sparql">
<label for="query">query</label>
<textarea id="query" name="query" rows="8" spellcheck="false" required>${htmlText(EXAMPLE)}</textarea>
<button>Ask</button>
</form>
</section>
<section>
<h2>Lineage</h2>
<form method="get" action="/api/v1/lineage" data-plain>
<label for="of">of</label> <input id="of" name="of" type="url" required>
<label for="direction">direction</label> <select id="direction" name="direction"><option>backward</option><option>forward</option></select>
<button>Show</button>
</form>
</section>
<section>
<h2>Stores</h2>
<ul>
${list.join('')}</ul>
</section>`
  return page('polyprov', body, '/console.js')
}
