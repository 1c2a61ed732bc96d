import type { z } from 'zod'
import { columnarOptions } from '../../connectors/columnar/config.ts'
import { documentsOptions } from '../../connectors/documents/config.ts'
import { filesOptions } from '../../connectors/objects/files/config.ts'
import { ownOptions } from '../../connectors/parse-options.ts'
import type { ConfigurationFile } from './schema.ts'

type Store = ConfigurationFile['stores'][number]

/** Options of the stores that need no server, by type. Other types and modules of somebody else check their own. */
const OPTIONS: Readonly<Record<string, z.ZodObject>> = {
  columnar: columnarOptions,
  documents: documentsOptions,
  files: filesOptions,
}

/**
 * What is wrong with the options of a store, as far as the file alone tells: its connector has the last word when it is
 * opened. Options whose value comes from the environment or a file are known by then only.
 */
export function checkStoreOptions(store: Store): readonly z.core.$ZodIssue[] {
  const schema = Object.hasOwn(OPTIONS, store.type) ? OPTIONS[store.type] : undefined
  const issues = schema?.safeParse(ownOptions(schema, store)).error?.issues ?? []
  return issues.filter(({ code, path }) => {
    const value = store[String(path[0])]
    return code === 'unrecognized_keys' || typeof value !== 'object' || value === null
  })
}
