import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { serversOf } from '../../../src/cli/demo-servers/environment.ts'
import { polyprov } from '../../cli/running.ts'

interface Service {
  readonly image?: string
  readonly build?: string
  readonly command?: readonly string[]
  readonly profiles?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
}

const text = await readFile('docker-compose.yml', 'utf8')
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}
const services = Object.entries(compose.services)
const documentation = await readFile('docs/deployment.md', 'utf8')

const VARIABLE = /(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}/g
const SECRET = /PASSWORD|SECRET|ACCESS_KEY/

/** The text with every variable in its place; what has a default gets it. */
const interpolated = (value: string): string =>
  value.replace(VARIABLE, (_, name: string, kind: string | undefined, rest: string) =>
    kind === '-' ? rest : `given${name.replaceAll('_', '')}`,
  )

describe('docker-compose.yml', () => {
  test('has the four servers and polyprov, each with a health check', () => {
    expect(services.map(([name]) => name)).toEqual(['polyprov', 'load', 'postgres', 'mongodb', 's3', 'sparql'])
    for (const [name, { healthcheck, profiles }] of services) {
      // What ends by itself is told by its exit code.
      if (profiles !== undefined) expect([name, healthcheck]).toEqual(['load', { disable: true }])
      else expect(healthcheck?.test?.length, name).toBeGreaterThan(1)
    }
    expect(services.map(([, { image }]) => image).filter((image) => /minio/.test(image ?? ''))).toEqual([])
    for (const [, { image, build }] of services) if (build === undefined) expect(image).toMatch(/:[^:]*\d/)
  })

  test('publishes ports on the loopback alone', () => {
    const ports = services.flatMap(([, each]) => each.ports ?? [])
    expect(ports).toHaveLength(5)
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{\w+_PORT:-\d+\}:\d+$/)
  })

  test('has no credential written out, and says which one is missing', () => {
    for (const [name, { environment = {} }] of services) {
      for (const [variable, value] of Object.entries(environment)) {
        if (SECRET.test(variable)) expect(value, `${name}: ${variable}`).toMatch(/^\$\{\w+:\?\S.*\}$/)
        // A password within a URL.
        const account = /:\/\/[^/@:]*:([^@]*)@/.exec(value)
        if (account !== null) expect(account[1]).toMatch(/^\$\{\w+_PASSWORD:\?\S.*\}$/)
      }
    }
    for (const [, name, kind] of text.matchAll(VARIABLE)) {
      expect(kind, name).toBe(SECRET.test(name!) ? '?' : '-')
    }
  })

  test('documents every variable', () => {
    const names = new Set([...text.matchAll(VARIABLE)].map(([, name]) => name!))
    expect(names.size).toBe(10)
    for (const name of names) expect(documentation).toContain(`\`${name}\``)
    const made = /for name in ([A-Z0-9_ ]+); do/.exec(documentation)![1]!.split(' ')
    expect(made.sort()).toEqual([...names].filter((name) => SECRET.test(name)).sort())
  })

  test('keeps data in volumes that it names', () => {
    const used = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]!))
    expect(new Set(used)).toEqual(new Set(Object.keys(compose.volumes)))
  })

  test('waits until servers are healthy', () => {
    for (const name of ['polyprov', 'load']) {
      const { depends_on: servers } = compose.services[name]!
      expect(servers).toEqual(
        Object.fromEntries(
          ['postgres', 'mongodb', 's3', 'sparql'].map((server) => [server, { condition: 'service_healthy' }]),
        ),
      )
    }
  })

  test('calls commands that there are, with an environment that they take', async () => {
    for (const name of ['polyprov', 'load']) {
      const { command: [command, ...options] = [], environment = {} } = compose.services[name]!
      const { code, stdout } = await polyprov([command!, '--help'])
      expect(code).toBe(0)
      for (const option of options.filter((each) => each.startsWith('--'))) expect(stdout).toContain(`  ${option} `)
      const given = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, interpolated(value)]))
      const { sparql, s3 } = serversOf(given)
      expect(sparql.update).toEqual({ kind: 'http', endpoint: 'http://sparql:3030/polyprov/update', isDerived: false })
      expect(s3.credentials.accessKeyId).toBe('givenS3ACCESSKEYID')
    }
    const { command: serve } = compose.services['polyprov']!
    const { command: load } = compose.services['load']!
    const folder = load![load!.indexOf('--data') + 1]
    expect(serve![serve!.indexOf('--config') + 1]).toBe(`${folder}/polyprov.real.yaml`)
  })
})

describe('Dockerfile', () => {
  test('is built of what there is, and runs as nobody in particular', async () => {
    const dockerfile = await readFile('Dockerfile', 'utf8')
    const ignored = await readFile('.dockerignore', 'utf8')
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources]) => sources!.split(' '))
    for (const source of copied) {
      expect(existsSync(source), source).toBe(true)
      expect(ignored).toContain(`!${source}\n`)
    }
    expect(ignored).toMatch(/^\*$/m)
    expect(ignored).toMatch(/^\*\*\/\.env\*$/m)
    const stages = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)
    expect(new Set(stages)).toEqual(new Set(['node:22-slim']))
    expect(dockerfile.slice(dockerfile.lastIndexOf('FROM'))).toMatch(/^USER node$/m)
    const { peerDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as {
      readonly peerDependencies: Readonly<Record<string, string>>
    }
    for (const name of Object.keys(peerDependencies)) {
      // The embedded database is for who has no server, the other query engine for tests and benches.
      if (!['@electric-sql/pglite', '@comunica/query-sparql'].includes(name))
        expect(dockerfile).toContain(`'dependencies.${name}=*'`)
    }
    expect(await readFile('.gitignore', 'utf8')).toMatch(/^\/\.env$/m)
  })
})
