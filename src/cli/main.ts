#!/usr/bin/env node
import { basename, relative } from 'node:path'
import { PolyprovError } from '../../planner/errors.ts'
import { open } from '../index.ts'
import { BrokenPipe, run } from './run.ts'

const controller = new AbortController()

function interrupt(code: number): void {
  // Who asks twice does not want to wait.
  if (controller.signal.aborted) process.exit(code)
  controller.abort(new PolyprovError('cancelled', 'interrupted'))
}

process.on('SIGINT', () => interrupt(130))
process.on('SIGTERM', () => interrupt(143))
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') controller.abort(new BrokenPipe())
  else throw error
})
process.stderr.on('error', () => undefined)

const [, script = 'polyprov'] = process.argv
const code = await run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: controller.signal,
  program: basename(script) === 'polyprov' ? 'polyprov' : `node ${relative(process.cwd(), script)}`,
  open,
})
// What is still open, a worker or a pool, does not keep a program alive that has done its work.
process.stdout.write('', () => process.exit(code))
