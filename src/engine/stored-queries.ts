import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PolyprovError } from '../../planner/errors.ts'
import { XSD } from '../../planner/namespaces.ts'
import { parse } from '../../planner/parse.ts'
import { iri, literal, type Term } from '../../planner/term.ts'
import { readStoredQueries } from '../configuration/stored-query.ts'
import type { Polystore, QueryOptions, StoredQuery, StoredQueryParameter } from '../polystore.ts'
import { BUILTIN_QUERIES } from '../queries/index.ts'

type Run = (text: string, options: QueryOptions) => ReturnType<Polystore['execute']>

/** The stored queries of a polystore: the six questions, those of the configured folder, and those put at run time. */
export async function openStoredQueries(folder: string | undefined, run: Run): Promise<Polystore['queries']> {
  const queries = new Map<string, StoredQuery>(BUILTIN_QUERIES.map((query) => [query.id, query]))
  if (folder !== undefined) for (const query of await readStoredQueries(folder)) queries.set(query.id, query)

  const get = (id: string): StoredQuery => {
    const query = queries.get(id)
    if (query !== undefined) return query
    throw new PolyprovError('not-found', `There is no stored query ${id}: there are ${[...queries.keys()].join(', ')}`)
  }
  const ownOnly = (id: string) => {
    if (queries.get(id)?.builtin === true) {
      throw new PolyprovError('forbidden', `${id} comes with polyprov and stays as it is: store yours under another id`)
    }
  }
  return {
    list: () => [...queries.values()],
    get,
    run(id, parameters, options = {}) {
      const query = get(id)
      return run(query.text, {
        ...options,
        parameters: { ...options.parameters, ...typedParameters(query, parameters) },
      })
    },
    async put(query) {
      ownOnly(query.id)
      parse(query.text)
      if (folder !== undefined) {
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, `${query.id}.rq`), fileText(query))
      }
      queries.set(query.id, { ...query, builtin: false })
    },
    async remove(id) {
      get(id)
      ownOnly(id)
      if (folder !== undefined) await rm(join(folder, `${id}.rq`), { force: true })
      queries.delete(id)
    },
  }
}

/** The parameters as terms of their declared types. Errors: `parameter`, naming it. */
export function typedParameters(
  query: StoredQuery,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Term>> {
  for (const name of Object.keys(given)) {
    if (query.parameters.some((parameter) => parameter.name === name)) continue
    throw new PolyprovError(
      'parameter',
      `${query.id} has no parameter ${name}: it has ${query.parameters.map((each) => each.name).join(', ') || 'none'}`,
      {
        parameter: name,
      },
    )
  }
  return Object.fromEntries(
    query.parameters.map((parameter) => {
      const value = given[parameter.name] ?? parameter.default
      if (value === undefined) {
        throw new PolyprovError('parameter', `${query.id} needs the parameter ${parameter.name} (${parameter.type})`, {
          parameter: parameter.name,
        })
      }
      return [parameter.name, typedTerm(parameter, value)]
    }),
  )
}

const LEXICAL: Readonly<Record<Exclude<StoredQueryParameter['type'], 'iri' | 'string'>, RegExp>> = {
  integer: /^[+-]?\d+$/,
  decimal: /^[+-]?(\d+(\.\d*)?|\.\d+)$/,
  double: /^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|NaN|[+-]?INF)$/,
  boolean: /^(true|false|0|1)$/,
}

/** A scheme, then none of the characters that SPARQL's IRIREF leaves out. */
const ABSOLUTE_IRI = /^[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-[\]_a-z~\u00a0-\uffff]*$/

function typedTerm(parameter: StoredQueryParameter, value: unknown): Term {
  const wrong = (expected: string) =>
    new PolyprovError(
      'parameter',
      `The parameter ${parameter.name} must be ${expected}, and is ${JSON.stringify(value)}`,
      {
        parameter: parameter.name,
      },
    )
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw wrong(`one ${parameter.type}`)
  const text = String(value)
  if (parameter.oneOf !== undefined && !parameter.oneOf.includes(text))
    throw wrong(`one of ${parameter.oneOf.join(', ')}`)
  switch (parameter.type) {
    case 'iri':
      if (typeof value !== 'string' || !ABSOLUTE_IRI.test(text)) throw wrong('an absolute IRI')
      return iri(text)
    case 'string':
      return literal(text)
    default:
      if (!LEXICAL[parameter.type].test(text)) throw wrong(`of type ${parameter.type}`)
      return literal(text, iri(`${XSD}${parameter.type}`))
  }
}

/** A stored query as a file that declares what it does not declare itself. */
function fileText(query: Omit<StoredQuery, 'builtin'>): string {
  if (/^\s*#\s*(label|description|param)\b/m.test(query.text)) return query.text
  const parameters = query.parameters.map(({ name, type, default: preset, oneOf, description }) =>
    [
      `# param ${name} ${type}`,
      preset === undefined ? '' : `default=${preset}`,
      oneOf === undefined ? '' : `oneOf=${oneOf.join(',')}`,
      description ?? '',
    ]
      .filter((part) => part !== '')
      .join(' '),
  )
  const description = query.description === undefined ? [] : [`# description: ${query.description}`]
  return [`# label: ${query.label}`, ...description, ...parameters, query.text].join('\n')
}
