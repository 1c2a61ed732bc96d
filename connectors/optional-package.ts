import { type ErrorDetails, PolyprovError } from '../planner/errors.ts'

/**
 * An optional peer, loaded when it is first needed; `who` needs it.
 * @throws `configuration` where it is not installed
 */
export async function optionalPackage<Module>(
  name: string,
  who: string,
  load: () => Promise<Module>,
  details: ErrorDetails = {},
): Promise<Module> {
  try {
    return await load()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw cause
    throw new PolyprovError('configuration', `${who} needs the package ${name}: npm install ${name}`, details)
  }
}
