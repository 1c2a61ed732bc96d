/** Credentials with characters that URLs, regular expressions and JSON write otherwise. */
export const USER = 'sekret+us er'
export const PASSWORD = 'Pa$$/w:rd?%41"\\s3kret'
export const TOKEN = 'tok-s3kret.$1/x+y=='
export const KEY_ID = 'AKIAS3KRETKEYID'
const SECRETS = [USER, PASSWORD, TOKEN, KEY_ID]

const base64 = (text: string): readonly string[] => [
  Buffer.from(text).toString('base64').replace(/=+$/, ''),
  Buffer.from(text).toString('base64url'),
]

/** Every form in which a credential could be written out. */
const FORMS: readonly string[] = [
  ...new Set([
    ...SECRETS.flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      encodeURI(secret),
      new URLSearchParams({ a: secret }).toString().slice(2),
      JSON.stringify(secret).slice(1, -1),
      ...base64(secret),
    ]),
    ...base64(`${USER}:${PASSWORD}`),
    's3kret',
    'sekret',
  ]),
]

/** The credentials that a text gives away. */
export const given = (text: string): readonly string[] => FORMS.filter((form) => text.includes(form))

/**
 * The credentials in any string that can be reached from a value: of members that are not enumerable, of causes and
 * stacks, of maps and sets, each with the way to it.
 */
export function reachable(value: unknown): readonly string[] {
  const found: string[] = []
  const seen = new Set<unknown>()
  const visit = (each: unknown, path: string): void => {
    if (typeof each === 'string') {
      for (const form of given(each)) found.push(`${path}: ${form} in ${each.slice(0, 200)}`)
      return
    }
    if (typeof each !== 'object' || each === null || seen.has(each)) return
    seen.add(each)
    if (each instanceof Map || each instanceof Set) visit([...each], `${path}.entries`)
    if (each instanceof Uint8Array) visit(Buffer.from(each).toString('latin1'), `${path}.bytes`)
    for (const name of Reflect.ownKeys(each)) {
      if (ArrayBuffer.isView(each)) break
      visit(name, `${path} has the member`)
      let member: unknown
      try {
        member = (each as Record<PropertyKey, unknown>)[name]
      } catch (error) {
        member = error
      }
      visit(member, `${path}.${String(name)}`)
    }
  }
  visit(value, 'value')
  return found
}
