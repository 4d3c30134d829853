import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDaemonError } from './errors.ts'
import { parseClientFrame, parseDaemonFrame, parseGreeting } from './protocol.ts'

describe('the protocol', () => {
  it('reads every frame of a client', () => {
    expect(parseClientFrame('{"hello":1,"version":"1.0.0"}')).toEqual({
      type: 'hello',
      protocol: 1,
      version: '1.0.0',
    })
    expect(parseClientFrame('{"cancel":7}')).toEqual({ type: 'cancel', id: 7 })
    const as = { agent: 'a/b', token: 't' }
    expect(parseClientFrame(JSON.stringify({ id: 'x', name: 'jobs', args: null, as }))).toEqual({
      type: 'request',
      id: 'x',
      name: 'jobs',
      args: null,
      as,
    })
  })

  it('reads every frame of a daemon', () => {
    expect(parseDaemonFrame('{"id":1,"result":null}')).toEqual({ type: 'result', id: 1, result: null })
    expect(parseDaemonFrame('{"id":1,"item":0}')).toEqual({ type: 'item', id: 1, item: 0 })
    expect(parseDaemonFrame('{"id":1,"end":true}')).toEqual({ type: 'end', id: 1 })
    const error = { code: 'NOPE', message: 'no', hint: 'yes', details: { a: 1 } }
    expect(parseDaemonFrame(JSON.stringify({ id: null, error }))).toEqual({ type: 'error', id: null, error })
  })

  it('answers anything else with BAD_FRAME, never with another failure', () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((value) => JSON.stringify(value)),
    )
    fc.assert(
      fc.property(line, (text) => {
        for (const parse of [parseClientFrame, parseDaemonFrame]) {
          try {
            parse(text)
          } catch (error) {
            expect(isDaemonError(error, 'BAD_FRAME')).toBe(true)
          }
        }
      }),
    )
  })

  it('refuses what is no daemon, and a daemon of another protocol', () => {
    expect(() => parseGreeting('{"tmo":"dashboard","protocol":1}')).toThrow(/no tmux-orchestrator daemon/)
    const other = '{"tmo":"daemon","protocol":2,"version":"9.0.0","pid":5,"home":"/h"}'
    expect(() => parseGreeting(other)).toThrow('one side speaks protocol 2 (version 9.0.0), the other 1')
  })
})
