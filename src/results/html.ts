import type { Term } from '../../planner/term.ts'
import { cached } from './cells.ts'
import { chunks } from './chunks.ts'
import type { BindingsExecution, Row } from './execution.ts'
import { shortener, WELL_KNOWN_PREFIXES } from './prefixes.ts'
import { xmlText } from './xml.ts'

/** Text as HTML character data or attribute value. */
export const htmlText = (text: string): string => xmlText(text)

function htmlTerm(shorten: (iri: string) => string | undefined): (term: Term) => string {
  return (term) => {
    if (term.termType === 'BlankNode') return `<td>_:${htmlText(term.value)}</td>`
    if (term.termType === 'Literal') return `<td>${htmlText(term.value)}</td>`
    const text = htmlText(shorten(term.value) ?? term.value)
    return /^https?:/.test(term.value)
      ? `<td><a href="${htmlText(term.value)}" rel="noreferrer">${text}</a></td>`
      : `<td title="${htmlText(term.value)}">${text}</td>`
  }
}

/** A page with the rows as a table, for browsers that asked by address or form. */
export function bindingsToHtml(execution: BindingsExecution): AsyncGenerator<string> {
  const encode = htmlTerm(shortener(WELL_KNOWN_PREFIXES))
  const encoders = execution.variables.map(() => cached(encode))
  const line = (row: Row): string => {
    const cells = encoders.map((text, column) => (row[column] === undefined ? '<td></td>' : text(row[column])))
    return `<tr>${cells.join('')}</tr>\n`
  }
  const names = execution.variables.map((name) => `<th scope="col">${htmlText(name)}</th>`).join('')
  const head = `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>polyprov: answer</title>
<link rel="stylesheet" href="/style.css">\n<main>\n<table>\n<thead><tr>${names}</tr></thead>\n<tbody>\n`
  return chunks(execution.blocks, head, line, () => {
    const warnings = execution.warnings().map((warning) => `<li>${htmlText(warning)}</li>`)
    const notes = warnings.length === 0 ? '' : `<ul class="warnings">${warnings.join('')}</ul>\n`
    return `</tbody>\n</table>\n${notes}<p>${execution.stats().rows} rows</p>\n</main>\n</html>\n`
  })
}
