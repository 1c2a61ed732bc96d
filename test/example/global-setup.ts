import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder that the test files of one run share; each example is built in it by the first file that needs it. */
    readonly sharedFolder: string
  }
}

/** A folder for all test files of the run, removed after the last. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'polyprov-example-'))
  provide('sharedFolder', folder)
  return () => rm(folder, { recursive: true, force: true })
}
