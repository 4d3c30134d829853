import { expect, it } from 'vitest'
import { isTmuxError } from './errors.ts'
import { listLine, parseRows } from './pane-fields.ts'

const fields = ['@note', 'pane', 'dead', 'deadStatus'] as const

it('asks for each field by its tmux name', () => {
  expect(listLine(fields, '|')).toContain(
    '"|#{@note}|#{pane_id}|#{pane_dead}|#{pane_dead_status}|#{@tmo_anchor}|"',
  )
})

it('reads rows whose values hold newlines, tabs and what looks like a row, and none of an anchor', () => {
  expect(
    parseRows(fields, '|', ['|', 'two\tlines|%1|0|||', '|anchor|%3|0||1|', '|\u001f %9 0|%2|1|7||']),
  ).toEqual([
    { '@note': '\ntwo\tlines', pane: '%1', dead: false, deadStatus: undefined },
    { '@note': '\u001f %9 0', pane: '%2', dead: true, deadStatus: 7 },
  ])
})

it('reads no line as no row', () => {
  expect(parseRows(fields, '|', [])).toEqual([])
})

it.each([
  ['the first', ['', '|a|%1|0|||']],
  ['one in the middle', ['|a|%1|0|||', '', '|b|%2|0|||']],
  ['the last', ['|a|%1|0|||', '']],
  ['all', ['']],
  ['all of many', ['', '']],
  ['a part', ['|a|%1|0|', '|b|%2|0|||']],
])('tells that tmux gave up on %s', (_, lines) => {
  expect(() => parseRows(fields, '|', lines)).toThrow(
    expect.toSatisfy((error) => isTmuxError(error, 'TIMEOUT')),
  )
})

it('refuses what is no user option', () => {
  expect(() => listLine(['@a}#(id)'], '|')).toThrow(TypeError)
})
