const PARTS = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s

/** Whether an IRI reference carries a scheme. */
export const isAbsolute = (reference: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:/.test(reference)

/**
 * Resolves an IRI reference against a base IRI, without any other normalisation (RFC 3986, section 5.2; SPARQL 1.1,
 * section 4.1.1.2).
 */
export function resolveIri(reference: string, base: string): string {
  const [, scheme, authority, path = '', query, fragment] = PARTS.exec(reference)!
  const suffix = fragment === undefined ? '' : `#${fragment}`
  if (scheme !== undefined) return reference
  const [, baseScheme, baseAuthority, basePath = '', baseQuery] = PARTS.exec(base)!
  const start = baseScheme === undefined ? '' : `${baseScheme}:`
  if (authority !== undefined) return `${start}//${authority}${withoutDots(path)}${queryPart(query)}${suffix}`
  const root = `${start}${baseAuthority === undefined ? '' : `//${baseAuthority}`}`
  if (path === '') return `${root}${basePath}${queryPart(query ?? baseQuery)}${suffix}`
  return `${root}${withoutDots(mergedPath(path, basePath, baseAuthority))}${queryPart(query)}${suffix}`
}

const queryPart = (query: string | undefined): string => (query === undefined ? '' : `?${query}`)

function mergedPath(path: string, basePath: string, baseAuthority: string | undefined): string {
  if (path.startsWith('/')) return path
  if (baseAuthority !== undefined && basePath === '') return `/${path}`
  return basePath.slice(0, basePath.lastIndexOf('/') + 1) + path
}

/** RFC 3986, section 5.2.4. */
function withoutDots(path: string): string {
  const output: string[] = []
  const segments = path.split('/')
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '..') {
      if (output.length > 1) output.pop()
      if (last) output.push('')
    } else if (segment === '.') {
      if (last) output.push('')
    } else output.push(segment)
  }
  return output.join('/')
}
