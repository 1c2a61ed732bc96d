import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PolyprovError } from '../../planner/errors.ts'
import { BrokenPipe } from '../../src/cli/run.ts'
import { createServer, type PolyprovServer } from '../../src/server/create-server.ts'
import { memoryPolystore } from '../memory-polystore.ts'
import { polyprov } from './running.ts'

let folder: string
let server: PolyprovServer
let url: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polyprov-cli-'))
  server = createServer(memoryPolystore(), { token: 'sesame' })
  url = await server.listen(0)
})
afterAll(async () => {
  await server.close(0)
  await rm(folder, { recursive: true, force: true })
})

const SELECT = 'PREFIX x: <http://x/> SELECT ?s ?loss { ?s x:loss ?loss }'

describe('help', () => {
  const commands = ['serve', 'query', 'update', 'explain', 'stores', 'load', 'lineage', 'demo', 'check']
  test.each([[[]], ...commands.map((name) => [[name]])])('%j --help opens with two examples', async (argv) => {
    const { code, stdout, stderr } = await polyprov([...argv, '--help'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    const lines = stdout.split('\n')
    expect(lines[0]).toBe('Examples:')
    expect(lines.slice(1, 3).every((line) => line.startsWith('polyprov '))).toBe(true)
  })

  test('lists every command', async () => {
    const { stdout } = await polyprov(['--help'])
    for (const name of commands) expect(stdout).toContain(`polyprov ${name}`)
  })

  test.each([
    [[], 'name a command'],
    [['quarry'], 'Did you mean query'],
    [['query', '--colour', 'red'], 'Unknown argument'],
    [['query', 'ASK {}', '--timeout', 'soon'], '--timeout'],
    [['query', 'ASK {}', '--format', 'pdf'], '--format pdf'],
    [['query', 'ASK {}', '--file', 'x.rq'], 'not both'],
    [['query', '--file', '/nowhere/x.rq'], 'cannot be read'],
    [['query'], 'give a query'],
    [['query', 'ASK {}', '--param', 'a=b'], '--param'],
    [['query', '--stored', 'q1', '--param', 'model'], 'NAME=VALUE'],
    [['explain', 'ASK {}', '--format', 'xml'], 'Invalid values'],
    [['lineage'], 'Not enough'],
    [['lineage', 'urn:x', '--depth', '-1'], '--depth'],
    [['stores'], 'name what to do'],
    [['serve', '--port', '70000'], '--port'],
    [['load', 'notes.txt'], 'ends in none'],
    [['query', 'ASK {}', '--config', 'a', '--url', 'http://b'], 'mutually exclusive'],
  ])('%j is a wrong call: exit code 2, nothing on standard output', async (argv, message) => {
    const { code, stdout, stderr } = await polyprov(argv)
    expect(stderr).toContain(message)
    expect(code).toBe(2)
    expect(stdout).toBe('')
  })
})

describe('query', () => {
  test('TSV in a pipe, a table on a terminal', async () => {
    const piped = await polyprov(['query', SELECT])
    expect(piped).toEqual({ code: 0, stdout: '?s\t?loss\n<http://x/model>\t0.25\n', stderr: '' })
    const shown = await polyprov(['query', SELECT], { terminal: true })
    expect(shown.stdout).toContain('\u001b[1ms')
    expect(shown.stdout).toContain('x:model')
    expect(shown.stdout).toContain('1 row')
    const plain = await polyprov(['query', SELECT], { terminal: true, environment: { NO_COLOR: '1' } })
    expect(plain.stdout).not.toContain('\u001b')
  })

  test.each([
    ['json', '{"head"'],
    ['xml', '<?xml'],
    ['csv', 's,loss\r\n'],
    ['ndjson', '{"s":"http://x/model","loss":0.25}\n'],
    ['rows', '{"columns"'],
    ['table', 's'],
  ])('--format %s', async (format, start) => {
    const { code, stdout } = await polyprov(['query', SELECT, '--format', format])
    expect(code).toBe(0)
    expect(stdout.startsWith(start)).toBe(true)
  })

  test('a format that cannot write the answer is a failure', async () => {
    const { code, stderr } = await polyprov(['query', 'CONSTRUCT WHERE { ?s ?p ?o }', '--format', 'csv'])
    expect([code, stderr]).toEqual([1, expect.stringContaining('csv cannot write triples')])
  })

  test('triples are N-Triples in a pipe', async () => {
    const { stdout } = await polyprov(['query', 'CONSTRUCT WHERE { ?s <http://x/slices> ?o }'])
    expect(stdout).toBe('<http://x/seismic> <http://x/slices> "951"^^<http://www.w3.org/2001/XMLSchema#integer> .\n')
  })

  test('from standard input, from a file, from the stored ones', async () => {
    expect((await polyprov(['query'], { stdin: 'ASK {}' })).stdout).toBe('true\n')
    expect((await polyprov(['query', '-'], { stdin: 'ASK {}' })).stdout).toBe('true\n')
    const file = join(folder, 'q.rq')
    await writeFile(file, 'ASK { <http://nobody> ?p ?o }')
    expect((await polyprov(['query', '--file', file])).stdout).toBe('false\n')
    const stored = await polyprov(['query', '--stored', 'q1', '--param', 'model=http://x/model'])
    expect(stored.stdout).toBe('?seismic\t?slices\n<http://x/seismic>\t951\n')
  })

  test('an empty standard input is a wrong call', async () => {
    expect((await polyprov(['query'], { stdin: ' \n' })).code).toBe(2)
  })

  test('warnings and statistics go to standard error', async () => {
    const { stdout, stderr } = await polyprov(['query', `${SELECT} #warn`, '--stats'])
    expect(stdout.split('\n')).toHaveLength(3)
    expect(stderr).toContain('warning: the store “wells” is lost')
    expect(stderr).toContain('"requests": 1')
  })

  test.each([
    ['SELEC', 1, '(line 1, column 1)'],
    [`${SELECT} #fail`, 1, 'is down'],
    [`${SELECT} #break`, 1, 'the store broke'],
  ])('%s fails', async (text, expected, message) => {
    const { code, stderr } = await polyprov(['query', text])
    expect([code, stderr]).toEqual([expected, expect.stringContaining(message)])
    expect(stderr).not.toContain('hunter2')
  })

  test('the deadline is exit code 124, an interrupt 130, a closed pipe none of our business', async () => {
    const late = await polyprov(['query', 'ASK {}'], {
      open: async () => {
        throw new PolyprovError('timeout', 'the query passed its deadline')
      },
    })
    expect(late.code).toBe(124)
    for (const [reason, expected] of [
      [new PolyprovError('cancelled', 'interrupted'), 130],
      [new BrokenPipe(), 0],
    ] as const) {
      const controller = new AbortController()
      const running = polyprov(['query', `${SELECT} #stall`], { signal: controller.signal })
      setTimeout(() => controller.abort(reason), 20)
      expect((await running).code).toBe(expected)
    }
  })
})

describe('against a server', () => {
  test('query', async () => {
    const piped = await polyprov(['query', SELECT, '--url', url])
    expect(piped).toEqual({ code: 0, stdout: '?s\t?loss\n<http://x/model>\t0.25\n', stderr: '' })
    const table = await polyprov(['query', SELECT, '--url', `${url}/sparql`], { terminal: true })
    expect(table.stdout).toContain('x:model')
    const stored = await polyprov(['query', '--stored', 'q1', '--param', 'model=http://x/model', '--url', url])
    expect(stored.stdout).toContain('951')
  })

  test('problems are told, and an answer that breaks is a failure', async () => {
    const wrong = await polyprov(['query', 'SELEC', '--url', url])
    expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining('line 1, column 1')])
    const broken = await polyprov(['query', `${SELECT} #break`, '--url', url])
    expect([broken.code, broken.stderr]).toEqual([1, expect.stringContaining('not whole')])
    const late = await polyprov(['query', `${SELECT} #slow`, '--url', url, '--timeout', '30'])
    expect(late.code).toBe(124)
    const absent = await polyprov(['query', SELECT, '--url', 'http://127.0.0.1:1'])
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining('cannot be reached')])
  })

  test('explain, lineage and stores', async () => {
    expect((await polyprov(['explain', SELECT, '--url', url])).stdout).toContain('fragment memory')
    expect((await polyprov(['lineage', 'http://x/model', '--url', url, '--format', 'dot'])).stdout).toContain('digraph')
    expect((await polyprov(['stores', 'list', '--url', url])).stdout).toContain('memory\tmemory')
    expect((await polyprov(['stores', 'describe', '--url', url])).stdout).toContain(
      'predicate\thttp://www.w3.org/ns/prov#used',
    )
    expect((await polyprov(['stores', 'check', 'memory', '--url', url])).stdout).toContain('memory\tup')
    const definition = '{ id: more, type: memory }'
    expect((await polyprov(['stores', 'add', definition, '--url', url])).code).toBe(1)
    const environment = { POLYPROV_TOKEN: 'sesame' }
    expect((await polyprov(['stores', 'add', definition, '--url', url], { environment })).code).toBe(0)
    expect((await polyprov(['stores', 'remove', 'more', '--url', url], { environment })).code).toBe(0)
  })
})

describe('other commands', () => {
  test('explain prints text or JSON', async () => {
    expect((await polyprov(['explain', SELECT])).stdout).toBe('fragment memory\n  SELECT * { ?s ?p ?o }\n')
    const { stdout } = await polyprov(['explain', SELECT, '--format', 'json', '--analyze'])
    expect(JSON.parse(stdout)).toMatchObject({ plan: { source: 'memory', native: { language: 'SPARQL' } } })
  })

  test('lineage prints Turtle', async () => {
    expect((await polyprov(['lineage', 'http://x/model'])).stdout).toContain('a prov:Entity')
  })

  test('check and stores check say which store is down', async () => {
    expect(await polyprov(['check'])).toMatchObject({
      code: 0,
      stdout: 'store\ttype\tstatus\treason\nmemory\tmemory\tup\t\n',
    })
    const open = async () => {
      const polystore = memoryPolystore()
      await polystore.stores.register({ id: 'wells', type: 'postgres', broken: true }, { force: true })
      return polystore
    }
    const { code, stdout } = await polyprov(['check'], { open })
    expect(code).toBe(1)
    expect(stdout).toContain('wells\tpostgres\tdown\tconnection refused')
    expect(stdout).not.toContain('hunter2')
    expect((await polyprov(['stores', 'check', 'memory'], { open })).code).toBe(0)
    expect((await polyprov(['stores', 'check', 'nobody'], { open })).code).toBe(1)
  })

  test('stores add and remove keep the rest of the file', async () => {
    const config = join(folder, 'polyprov.yaml')
    await writeFile(config, '# mine\nstores:\n  - { id: a, type: files, path: ./a } # first\n')
    expect((await polyprov(['stores', 'add', '{ "id": "b", "type": "memory" }', '--config', config])).code).toBe(0)
    expect(await readFile(config, 'utf8')).toBe(
      '# mine\nstores:\n  - { id: a, type: files, path: ./a } # first\n  - { id: b, type: memory }\n',
    )
    expect((await polyprov(['stores', 'remove', 'a', '--config', config])).code).toBe(0)
    expect(await readFile(config, 'utf8')).not.toContain('id: a')
    expect((await polyprov(['stores', 'remove', 'a', '--config', config])).code).toBe(1)
  })

  test('serve prints its address, answers, and ends at the signal', async () => {
    const controller = new AbortController()
    const config = join(folder, 'serve.yaml')
    await writeFile(config, 'stores: []\n')
    let address = ''
    const running = polyprov(['serve', '--config', config, '--port', '0', '--quiet'], {
      signal: controller.signal,
      open: async () => {
        const polystore = memoryPolystore()
        return polystore
      },
    })
    setTimeout(() => controller.abort(new PolyprovError('cancelled', 'interrupted')), 200)
    const { code, stdout } = await running
    address = stdout.trim()
    expect(code).toBe(0)
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  test('a configuration that is wrong is exit code 2', async () => {
    const config = join(folder, 'wrong.yaml')
    await writeFile(config, 'stores: 5\n')
    const { code, stderr } = await polyprov(['serve', '--config', config])
    expect([code, stderr]).toEqual([2, expect.stringContaining('wrong.yaml:1:9')])
  })
})
