import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { authorization } from '../../../src/cli/demo-servers/http-digest.ts'

const account = { user: 'Mufasa', password: 'Circle of Life' }
const target = { method: 'GET', uri: '/dir/index.html' }
const cnonce = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ'

const challenge = (algorithm: string): string => `Digest
  realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm},
  nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`

describe('an answer to a challenge', () => {
  // RFC 7616, section 3.9.1.
  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('Digest with %s', (algorithm, response) => {
    const header = authorization(challenge(algorithm), account, target, cnonce)
    expect(header).toContain(`response="${response}"`)
    expect(header).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"')
    expect(header).toContain('qop=auth, nc=00000001')
    expect(header).not.toContain('Circle')
  })

  test('Digest without qop, as RFC 2069 had it', () => {
    const md5 = (text: string) => createHash('md5').update(text).digest('hex')
    const response = md5(`${md5('Mufasa:x:Circle of Life')}:n:${md5('GET:/dir/index.html')}`)
    const header = authorization('Digest realm="x", nonce="n"', account, target)
    expect(header).toContain(`response="${response}"`)
    expect(header).not.toContain('cnonce')
  })

  test('Basic', () => {
    expect(authorization('Basic realm="x"', account, target)).toBe('Basic TXVmYXNhOkNpcmNsZSBvZiBMaWZl')
  })

  test.each(['Bearer', 'Negotiate', 'Digest realm="x", nonce="n", algorithm=SHA-512-256', ''])(
    'none to %j',
    (other) => {
      expect(authorization(other, account, target)).toBeUndefined()
    },
  )
})
