import { expect, it } from 'vitest'
import { DaemonError } from './errors.ts'
import { isRemoteError, parseWireError, RemoteError, toWireError } from './wire-error.ts'

it('carries code, hint and details across, and nothing of the stack', () => {
  const error = new DaemonError('TIMEOUT', 'late', { hint: 'wait', details: { timeoutMs: 5 } })
  const wire = parseWireError(JSON.parse(JSON.stringify(toWireError(error))))
  expect(wire).toEqual({ code: 'TIMEOUT', message: 'late', hint: 'wait', details: { timeoutMs: 5 } })
  const remote = new RemoteError(wire)
  expect(isRemoteError(remote, 'TIMEOUT')).toBe(true)
  expect(isRemoteError(remote, 'CLOSED')).toBe(false)
})

it('makes an error of anything that was thrown', () => {
  expect(toWireError('words')).toEqual({ code: 'INTERNAL', message: 'words' })
  expect(toWireError(new TypeError('odd'))).toEqual({ code: 'INTERNAL', message: 'odd' })
  expect(toWireError(new DOMException('stop', 'AbortError'))).toMatchObject({
    code: 'CANCELLED',
    message: 'stop',
  })
  const loop: { self?: unknown } = {}
  loop.self = loop
  expect(toWireError(Object.assign(new Error('x'), { code: 'LOOP', details: loop })).details).toHaveProperty(
    'unprintable',
  )
  expect(parseWireError(null).code).toBe('INTERNAL')
})
