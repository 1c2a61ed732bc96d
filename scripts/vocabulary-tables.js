/** @typedef {import('../src/provenance/vocabulary.ts').Vocabulary} Vocabulary */
/** @typedef {import('../src/provenance/terms/term.ts').TermDefinition} TermDefinition */

/**
 * The published vocabularies as tables of Markdown, one for each.
 * @param {Readonly<Record<string, Vocabulary>>} vocabularies by prefix
 */
export function vocabularyTables(vocabularies) {
  return Object.entries(vocabularies)
    .map(([prefix, { namespace, title, terms }]) => {
      const rows = Object.entries(terms).map(([name, term]) => termRow(`${prefix}:${name}`, term))
      const lines = [row('term', 'what it is', 'meaning'), row('---', '---', '---'), ...rows]
      return `## ${title}\n\n\`PREFIX ${prefix}: <${namespace}>\`\n\n${lines.join('')}`
    })
    .join('\n')
}

/** @param {readonly string[]} cells */
const row = (...cells) => `| ${cells.join(' | ')} |\n`

/**
 * @param {string} name
 * @param {TermDefinition} term
 */
function termRow(name, { kind, parents = [], domain, range, comment }) {
  const under = parents.length === 0 ? '' : `, under ${parents.map(code).join(', ')}`
  const from = domain === undefined ? '' : `, of ${code(domain)}`
  const to = range === undefined ? '' : `, to ${code(range)}`
  return row(code(name), `${kind}${under}${from}${to}`, comment.replaceAll('|', '\\|'))
}

/** @param {string} text */
const code = (text) => `\`${text}\``
