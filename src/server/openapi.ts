import { z } from 'zod'
import { problemSchema } from './problem.ts'
import type { Content, Method, Operation, Route } from './route.ts'
import { sparqlParameters } from './routes/sparql.ts'

type Json = Readonly<Record<string, unknown>>

/** Makes JSON Schemas of zod schemas; those with an id become components, and are referred to. */
function schemaMaker(): { make(schema: z.ZodType): Json; readonly components: Record<string, unknown> } {
  const components: Record<string, unknown> = {}
  const make = (schema: z.ZodType): Json => {
    const {
      $schema: _,
      $defs,
      ...body
    } = z.toJSONSchema(schema, {
      io: 'output',
      unrepresentable: 'any',
    }) as Record<string, unknown>
    for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, unknown>)) {
      const { id: __, ...rest } = definition as Record<string, unknown>
      components[name] = reference(rest)
    }
    const id = body['id']
    if (typeof id !== 'string') return reference(body) as Json
    const { id: ___, ...named } = body
    components[id] = reference(named)
    return { $ref: `#/components/schemas/${id}` }
  }
  return { make, components }
}

/** The schema with its references led to the components. */
function reference(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reference)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? item.replace('#/$defs/', '#/components/schemas/') : reference(item),
    ]),
  )
}

function contentObject(content: Content, make: (schema: z.ZodType) => Json): Json {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema: make(schema) }]))
}

const pathNames = (path: string): readonly string[] => [...path.matchAll(/[:*](\w+)/g)].map((match) => match[1]!)

function parametersOf(path: string, parameters: z.ZodObject | undefined, make: (schema: z.ZodType) => Json): Json[] {
  const inPath = pathNames(path).map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }))
  if (parameters === undefined) return inPath
  const schema = make(parameters)
  const required = (schema['required'] ?? []) as readonly string[]
  const inQuery = Object.entries((schema['properties'] ?? {}) as Record<string, Json>).map(([name, property]) => {
    const { description, ...rest } = property
    return {
      name,
      in: 'query',
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }
  })
  return [...inPath, ...inQuery]
}

function operationObject(path: string, method: Method, operation: Operation, make: (schema: z.ZodType) => Json): Json {
  const { summary, description, body, answers, writes } = operation
  // The two bodies of the protocol have one schema; a GET has it in the address.
  const parameters = path === '/sparql' && method === 'get' ? sparqlParameters.partial() : operation.parameters
  return {
    operationId: `${method} ${path}`.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) =>
      (next ?? '').toUpperCase(),
    ),
    summary,
    ...(description === undefined ? {} : { description }),
    ...(writes === true ? { security: [{ token: [] }] } : {}),
    parameters: parametersOf(path, parameters, make),
    ...(body === undefined ? {} : { requestBody: { required: true, content: contentObject(body, make) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { description: text, content }]) => [
          status,
          { description: text, ...(content === undefined ? {} : { content: contentObject(content, make) }) },
        ]),
      ),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

/** The OpenAPI 3.1 document of the routes, made from the schemas that validate. */
export function openApiDocument(routes: readonly Route[], version: string): Json {
  const { make, components } = schemaMaker()
  const problem = make(problemSchema)
  const paths = Object.fromEntries(
    routes.map(({ path, methods }) => [
      path.replace(/[:*](\w+)/g, '{$1}'),
      Object.fromEntries(
        Object.entries(methods)
          // OpenAPI 3.1 has no field for the QUERY method.
          .filter(([method]) => method !== 'query')
          .map(([method, operation]) => [method, operationObject(path, method as Method, operation, make)]),
      ),
    ]),
  )
  return {
    openapi: '3.1.0',
    info: {
      title: 'polyprov',
      version,
      description: 'SPARQL over provenance, and over the stores that its data references lead to.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: components,
      responses: {
        Problem: { description: 'A problem', content: { 'application/problem+json': { schema: problem } } },
      },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}
