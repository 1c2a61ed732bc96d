import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PolyprovError } from '../../planner/errors.ts'
import type { View } from '../../planner/views/view.ts'
import { readYarrrml } from './yarrrml.ts'
import type { MappingContext } from './yarrrml-terms.ts'

/**
 * The views of a store's mapping files, which may not give two of them one name.
 * @throws PolyprovError `configuration` where a file is missing or wrong
 */
export async function readMappings(
  paths: readonly string[],
  folder: string,
  context: Omit<MappingContext, 'file'>,
): Promise<readonly View[]> {
  const views: View[] = []
  for (const path of paths) {
    const text = await readFile(resolve(folder, path), 'utf8').catch((cause: unknown) => {
      throw new PolyprovError('configuration', `The mapping file ${resolve(folder, path)} cannot be read`, { cause })
    })
    for (const view of readMapping(text, { ...context, file: path })) {
      if (views.some(({ name }) => name === view.name)) {
        throw new PolyprovError('configuration', `${path}: there is a mapping '${view.name}' already`)
      }
      views.push(view)
    }
  }
  return views
}

function readMapping(text: string, context: MappingContext): readonly View[] {
  if (/\.ya?ml$/i.test(context.file)) return readYarrrml(text, context)
  throw new PolyprovError('configuration', `${context.file} is no mapping file: YARRRML ends in .yaml or .yml`)
}
