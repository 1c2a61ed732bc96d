// Writes the tables of docs/vocabulary.md anew, from the vocabularies of the code.
import { readFile, writeFile } from 'node:fs/promises'
import { VOCABULARIES } from '../dist/src/provenance/vocabulary.js'
import { vocabularyTables } from './vocabulary-tables.js'

const file = new URL('../docs/vocabulary.md', import.meta.url)
const mark = '<!-- written by npm run docs -->\n'
const [text] = (await readFile(file, 'utf8')).split(mark)
await writeFile(file, `${text}${mark}\n${vocabularyTables(VOCABULARIES)}`)
