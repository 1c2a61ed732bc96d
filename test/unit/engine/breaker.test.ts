import { expect, test } from 'vitest'
import { createBreaker } from '../../../src/engine/breaker.ts'

function clocked(policy: Parameters<typeof createBreaker>[0]) {
  let time = 0
  const breaker = createBreaker(policy, () => time)
  return {
    breaker,
    pass: (milliseconds: number) => {
      time += milliseconds
    },
    fail: () => breaker.admit()!.failed(),
    succeed: () => breaker.admit()!.succeeded(),
  }
}

test('opens after failures in a row, a success between begins anew', () => {
  const { breaker, fail, succeed } = clocked({ failures: 3, pause: 100 })
  fail()
  fail()
  succeed()
  fail()
  fail()
  expect(breaker.state).toBe('closed')
  fail()
  expect(breaker.state).toBe('open')
  expect(breaker.wait).toBe(100)
  expect(breaker.admit()).toBeUndefined()
})

test('lets one request try after the pause: what it finds decides', () => {
  const { breaker, pass, fail } = clocked({ failures: 1, pause: 100 })
  fail()
  pass(100)
  expect(breaker.state).toBe('half-open')
  const probe = breaker.admit()!
  expect(breaker.admit()).toBeUndefined()
  probe.failed()
  expect(breaker.state).toBe('open')
  expect(breaker.admit()).toBeUndefined()
  pass(100)
  breaker.admit()!.succeeded()
  expect(breaker.state).toBe('closed')
  expect(breaker.admit()).toBeDefined()
})

test('a probe that finds nothing out leaves its place to another, and only once', () => {
  const { breaker, pass, fail } = clocked({ failures: 1, pause: 100 })
  fail()
  pass(100)
  const first = breaker.admit()!
  first.left()
  const second = breaker.admit()
  expect(second).toBeDefined()
  first.left()
  expect(breaker.admit()).toBeUndefined()
})

test('failures of requests that began before do not put the next attempt off', () => {
  const { breaker, pass } = clocked({ failures: 1, pause: 100 })
  const late = breaker.admit()!
  breaker.admit()!.failed()
  pass(60)
  late.failed()
  pass(40)
  expect(breaker.state).toBe('half-open')
})

test('a probe of its own closes it; switched off it never opens', () => {
  const { breaker, fail } = clocked({ failures: 1, pause: 100 })
  fail()
  breaker.probe().succeeded()
  expect(breaker.state).toBe('closed')
  const off = clocked(false)
  for (let i = 0; i < 100; i++) off.fail()
  expect(off.breaker.state).toBe('closed')
})
