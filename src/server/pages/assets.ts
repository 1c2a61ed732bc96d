/** The one style sheet. */
export const STYLE = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; }
header { padding: .6rem 1rem; border-bottom: 1px solid #8886; }
header > a { font-weight: 600; text-decoration: none; margin-right: 1rem; }
nav { display: inline; }
nav a { margin-right: .8rem; }
main { max-width: 76rem; margin: 0 auto; padding: 0 1rem 3rem; }
section { margin: 1.6rem 0; }
h2 small { font-weight: 400; font-size: .95rem; margin-left: .5rem; }
form { display: flex; flex-wrap: wrap; gap: .5rem .7rem; align-items: center; }
input, select, textarea, button { font: inherit; padding: .25rem .5rem; }
input[type=url] { min-width: 24rem; flex: 1; }
textarea { width: 100%; font-family: ui-monospace, monospace; font-size: .9rem; }
table { border-collapse: collapse; margin: .7rem 0; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .7rem; border: 1px solid #8884; }
td { max-width: 32rem; overflow-wrap: anywhere; }
.answer { overflow-x: auto; }
.problem, .warnings { color: #b00020; }
code { font-family: ui-monospace, monospace; font-size: .95em; }
@media (prefers-color-scheme: dark) { .problem, .warnings { color: #ff8a80; } }
`

/** Shows answers beneath their form, in place; without it the forms lead to the answers. */
export const SCRIPT = `'use strict'
const LIMIT = 1000
const element = (name, text) => {
  const made = document.createElement(name)
  if (text !== undefined) made.textContent = text
  return made
}
const plainRows = (answer) => {
  if (answer.columns) return answer
  if ('boolean' in answer) return { columns: ['answer'], rows: [{ answer: answer.boolean }], warnings: answer.warnings }
  const rows = answer.results.bindings.map((binding) =>
    Object.fromEntries(Object.entries(binding).map(([name, term]) => [name, term.value])))
  return { columns: answer.head.vars, rows, warnings: answer.warnings }
}
const show = (box, { columns, rows, warnings = [], stats }, milliseconds) => {
  const table = element('table')
  const head = table.createTHead().insertRow()
  for (const column of columns) head.append(element('th', column))
  const body = table.createTBody()
  for (const row of rows.slice(0, LIMIT)) {
    const line = body.insertRow()
    for (const column of columns) line.append(element('td', row[column] === undefined ? '' : String(row[column])))
  }
  const asked = stats === undefined ? '' : Object.entries(stats.stores).map(([id, store]) => \`\${id}: \${store.requests} requests\`).join(', ')
  const shown = rows.length > LIMIT ? \`, the first \${LIMIT} shown\` : ''
  box.replaceChildren(table, element('p', \`\${rows.length} rows in \${milliseconds} ms\${shown}\${asked && '; ' + asked}\`))
  for (const warning of warnings) {
    const line = element('p', warning)
    line.className = 'warnings'
    box.append(line)
  }
}
for (const form of document.forms) {
  if ('plain' in form.dataset) continue
  const box = element('div')
  box.className = 'answer'
  box.setAttribute('aria-live', 'polite')
  form.after(box)
  let running
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    running?.abort()
    const controller = running = new AbortController()
    const address = form.getAttribute('action') + '?' + new URLSearchParams(new FormData(form))
    box.replaceChildren(element('p', 'asking …'))
    const started = performance.now()
    try {
      const response = await fetch(address, {
        headers: { Accept: 'application/json;q=0.9, application/problem+json' },
        signal: controller.signal,
      })
      const type = response.headers.get('Content-Type') ?? ''
      if (!type.includes('json')) throw new Error(await response.text())
      const answer = await response.json()
      if (!response.ok) throw new Error(answer.title + ': ' + answer.detail)
      if (Array.isArray(answer)) box.replaceChildren(element('pre', JSON.stringify(answer, undefined, 2)))
      else show(box, plainRows(answer), Math.round(performance.now() - started))
    } catch (error) {
      if (controller.signal.aborted) return
      const line = element('p', error.message)
      line.className = 'problem'
      box.replaceChildren(line)
    }
  })
}
addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.target.form?.requestSubmit()
})
`
