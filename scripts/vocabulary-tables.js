/**
 * The published vocabularies as tables of Markdown, one for each.
 * @param {typeof import('../src/provenance/vocabulary.ts').VOCABULARIES} vocabularies
 */
export function vocabularyTables(vocabularies) {
  return Object.entries(vocabularies)
    .map(([prefix, { namespace, title, terms }]) => {
      const rows = Object.entries(terms).map(([name, term]) => termRow(`${prefix}:${name}`, term))
      return `## ${title}\n\n\`PREFIX ${prefix}: <${namespace}>\`\n\n${table([['term', 'what it is', 'meaning'], ...rows])}`
    })
    .join('\n')
}

/** @param {readonly (readonly string[])[]} rows the head first */
function table([head, ...body]) {
  const lines = [head, head.map(() => '---'), ...body]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

function termRow(name, { kind, parents = [], domain, range, comment }) {
  const code = (term) => `\`${term}\``
  const under = parents.length === 0 ? '' : `, under ${parents.map(code).join(', ')}`
  const from = domain === undefined ? '' : `, of ${code(domain)}`
  const to = range === undefined ? '' : `, to ${code(range)}`
  return [code(name), `${kind}${under}${from}${to}`, comment.replaceAll('|', '\\|')]
}
