import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeOutput, outputLength, parseOutputLine } from './output-lines.ts'

/** As tmux writes output: octal for control characters and backslashes, everything else as it is. */
const escaped = (bytes: Uint8Array): string =>
  [...bytes]
    .map((byte) =>
      byte < 0x20 || byte === 0x5c ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte),
    )
    .join('')

it.each([
  ['%output %3 a : b', { type: 'output', pane: '%3', data: 'a : b' }],
  ['%output %3 ', { type: 'output', pane: '%3', data: '' }],
  ['%extended-output %3 12 : a : b', { type: 'output', pane: '%3', data: 'a : b' }],
  ['%extended-output %3 12 what comes later : x', { type: 'output', pane: '%3', data: 'x' }],
  ['%pause %3', { type: 'paused', pane: '%3' }],
  ['%window-add @1', { type: 'changed' }],
  ['%unlinked-window-close @1', { type: 'changed' }],
  ['%layout-change @1 b25d,80x24,0,0,0', { type: 'changed' }],
  ['%sessions-changed', { type: 'changed' }],
])('reads %j', (line, expected) => {
  expect(parseOutputLine(line)).toEqual(expected)
})

it.each([
  '%output %x a',
  '%extended-output %3 12',
  '%output',
  '%pause all',
  '%continue %3',
  '%window-added',
  '',
])('takes %j for nothing', (line) => {
  expect(parseOutputLine(line)).toBeUndefined()
})

it('any bytes are what they were before tmux escaped them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(5), (bytes, start) => {
      const data = escaped(bytes)
      const into = new Uint8Array(start + data.length)
      const end = decodeOutput(data, into, start)
      expect(into.subarray(start, end)).toEqual(bytes)
      expect(outputLength(data)).toBe(bytes.length)
    }),
  )
})
