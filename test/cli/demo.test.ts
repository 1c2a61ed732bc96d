import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PolyprovError } from '../../planner/errors.ts'
import { open } from '../../src/index.ts'
import { polyprov } from './running.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-demo-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const demo = (data: string, ...more: readonly string[]) => polyprov(['demo', '--data', data, ...more], { open })

describe('demo', () => {
  test('builds the example, answers the six questions, and explains the first', async () => {
    const data = join(folder, 'example')
    const { code, stdout, stderr } = await demo(data)
    expect([code, stderr]).toEqual([0, expect.stringContaining('building the example')])
    const answers = stdout.split(/^(?=q\d {2})/m)
    expect(answers.map((answer) => answer.slice(0, 2))).toEqual(['q1', 'q2', 'q3', 'q4', 'q5', 'q6'])
    for (const answer of answers) expect(answer).toMatch(/^[1-9]\d* rows?$/m)
    expect(answers[0]).toMatch(/\.sgy .*POLYGON/)
    expect(stdout).toContain('The plan of q1')
    expect(stdout).toContain(`polyprov serve --config ${join(data, 'polyprov.yaml')}`)

    const again = await demo(data)
    expect(again.stderr).toContain('holds the example already')
    expect(again.stdout).toBe(stdout)
  })

  test('makes a half-made example anew', async () => {
    const data = join(folder, 'half')
    const controller = new AbortController()
    const running = polyprov(['demo', '--data', data], { open, signal: controller.signal })
    while (!(await readdir(data).catch((): string[] => [])).includes('polyprov.yaml')) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    controller.abort(new PolyprovError('cancelled', 'interrupted'))
    expect((await running).code).toBe(130)
    const { code, stderr } = await demo(data)
    expect([code, stderr]).toEqual([0, expect.stringContaining('made anew')])
    expect(await readdir(data)).not.toContain('.building')
  })

  test('touches no folder that holds anything else', async () => {
    await writeFile(join(folder, 'mine.txt'), 'mine')
    const { code, stderr } = await demo(folder)
    expect([code, stderr]).toEqual([2, expect.stringContaining('holds other files')])
    expect(await readdir(folder)).toContain('mine.txt')
  })
})

describe('demo --stores real', () => {
  test('says which variables are missing before anything is built', async () => {
    const data = join(folder, 'nowhere')
    const environment = { POSTGRES_URL: 'postgresql://someone:hunter2@127.0.0.1/x', S3_ENDPOINT: 'hunter2' }
    const { code, stdout, stderr } = await polyprov(['demo', '--data', data, '--stores', 'real'], { open, environment })
    expect([code, stdout]).toEqual([2, ''])
    for (const name of ['MONGODB_URL', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'SPARQL_ENDPOINT']) {
      expect(stderr).toContain(`${name} is not set`)
    }
    expect(stderr).toContain('S3_ENDPOINT does not look like http://host:port')
    expect(stderr).not.toContain('POSTGRES_URL')
    expect(stderr).not.toContain('hunter2')
    expect(await readdir(folder)).not.toContain('nowhere')
  })

  test.each([
    [['--stores', 'imaginary'], 'Invalid values'],
    [['--name', 'mine'], '--name is for --stores real'],
  ])('%j is a wrong call', async (more, message) => {
    const { code, stderr } = await demo(join(folder, 'nowhere'), ...more)
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })
})
