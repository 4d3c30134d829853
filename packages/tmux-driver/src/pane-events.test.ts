import { expect, it } from 'vitest'
import { parsePaneId, parseSessionId, parseWindowId, type SessionId } from './ids.ts'
import { diffPanes, diffSessions, type Panes, type WatchedPane } from './pane-events.ts'

const pane = parsePaneId('%1')
const row = (change: Partial<WatchedPane> = {}): WatchedPane => ({
  session: parseSessionId('$1'),
  sessionName: 'team',
  window: parseWindowId('@1'),
  windowName: 'work',
  pane,
  pid: 10,
  dead: false,
  deadStatus: undefined,
  deadSignal: undefined,
  deadAt: undefined,
  title: '',
  inMode: false,
  alternate: false,
  active: true,
  width: 80,
  height: 24,
  cursorX: 0,
  cursorY: 0,
  historySize: 0,
  activity: 1,
  ...change,
})
const panes = (...rows: readonly WatchedPane[]): Panes => new Map(rows.map((one) => [one.pane, one]))
const died = (status: number | undefined, signal?: number) => ({ type: 'died', pane, status, signal })

it('tells nothing of what stays as it is', () => {
  expect(diffPanes(panes(row()), panes(row()))).toEqual([])
  const dead = row({ dead: true, deadStatus: 1 })
  expect(diffPanes(panes(dead), panes(dead))).toEqual([])
})

it('tells of panes that come and go', () => {
  expect(diffPanes(panes(), panes(row()))).toEqual([{ type: 'added', pane, after: row() }])
  expect(diffPanes(panes(row()), panes())).toEqual([{ type: 'closed', pane, before: row() }])
})

it('tells of each death once, also of one that came before the first look', () => {
  const dead = row({ dead: true, deadStatus: 7 })
  expect(diffPanes(panes(), panes(dead))).toEqual([{ type: 'added', pane, after: dead }, died(7)])
  expect(diffPanes(panes(row()), panes(dead))).toEqual([
    { type: 'changed', pane, changed: ['dead'], before: row(), after: dead },
    died(7),
  ])
  const again = row({ pid: 11, dead: true, deadSignal: 9 })
  expect(diffPanes(panes(dead), panes(again)).at(-1)).toEqual(died(undefined, 9))
  const unknown = row({ dead: true, deadAt: 5 })
  expect(diffPanes(panes(unknown), panes(row({ dead: true, deadStatus: 1, deadAt: 5 })))).toEqual([])
  const later = row({ dead: true, deadStatus: 7, deadAt: 5 })
  expect(diffPanes(panes(dead), panes(later))).toEqual([died(7)])
})

it('tells a window’s new name once, whatever number of panes they have', () => {
  const other = parsePaneId('%2')
  const before = panes(row(), row({ pane: other }))
  const after = panes(row({ windowName: 'new' }), row({ pane: other, windowName: 'new' }))
  const renamed = { type: 'renamed', window: parseWindowId('@1'), name: 'new', before: 'work' }
  expect(diffPanes(before, after)).toEqual([renamed])
})

it('tells the new names of sessions that were there', () => {
  const [session, come, gone] = ['$1', '$2', '$3'].map(parseSessionId) as [SessionId, SessionId, SessionId]
  const before = new Map([
    [session, 'team'],
    [gone, 'gone'],
  ])
  const after = new Map([
    [session, 'all'],
    [come, 'new'],
  ])
  expect(diffSessions(before, after)).toEqual([
    { type: 'session-renamed', session, name: 'all', before: 'team' },
  ])
  expect(diffSessions(after, after)).toEqual([])
})

it('tells that a pane has moved to another window or session, and not that these have other names', () => {
  for (const place of [
    { window: parseWindowId('@2'), windowName: 'else' },
    { session: parseSessionId('$2'), sessionName: 'others' },
  ]) {
    const moved = row(place)
    expect(diffPanes(panes(row()), panes(moved))).toEqual([
      { type: 'moved', pane, before: row(), after: moved },
    ])
  }
})

it('names what changed', () => {
  const after = row({ cursorX: 4, activity: 2 })
  expect(diffPanes(panes(row()), panes(after))).toEqual([
    { type: 'changed', pane, changed: ['cursorX', 'activity'], before: row(), after },
  ])
})
