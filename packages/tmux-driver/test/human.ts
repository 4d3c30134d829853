import { expect } from 'vitest'
import type { CreatedSession, Tmux } from '../src/index.ts'
import { temporaryServer } from '../src/testing.ts'

const size = { cols: 200, rows: 50 }

/** Somebody who looks at a session of `tmux` in a terminal of 200 × 50: a tmux client in a pane of another server. */
export interface Human extends AsyncDisposable {
  /** What the terminal belongs to. */
  readonly ids: CreatedSession
  /** What the human sees. */
  screen(): Promise<string>
  /** Presses keys on the human's keyboard; the prefix is `C-b`. */
  press(...keys: readonly string[]): Promise<void>
  /** Sizes of the terminal and of the window in it, and what is selected and scrolled to there. */
  describe(): Promise<readonly string[]>
}

export async function seatHuman({ tmux }: { readonly tmux: Tmux }): Promise<Human> {
  const { socketPath } = tmux.server
  const script = 'seq 1 500; printf "the human’s own pane"; exec cat'
  const ids = await tmux.newSession({ name: 'human', windowName: 'eye', command: ['sh', '-c', script] })
  // A clock in the status line would change what is seen.
  await tmux.raw(['set-option', '-t', ids.session, 'status', 'off'])
  const room = await temporaryServer({ size })
  const client = ['env', '-u', 'TMUX', 'tmux', '-u', '-S', socketPath, 'attach-session', '-t', ids.session]
  const seat = (await room.tmux.newSession({ name: 'seat', command: client })).pane
  const screen = async (): Promise<string> => (await room.tmux.capture(seat)).text
  await expect.poll(screen, { timeout: 20_000 }).toContain('the human’s own pane')
  const describe = (): Promise<readonly string[]> => describeClient(tmux, ids)
  expect(await describe()).toEqual([expect.stringContaining('client 200x50 window 200x50')])
  return {
    ids,
    screen,
    describe,
    press: (...keys) => room.tmux.keys(seat, ...keys),
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  }
}

async function describeClient(tmux: Tmux, { session }: CreatedSession): Promise<readonly string[]> {
  const seen = 'client #{client_width}x#{client_height} window #{window_width}x#{window_height}'
  const where = '#{session_id} #{window_id} #{pane_id} #{window_layout} #{window_zoomed_flag}'
  const mode = '#{pane_mode} #{scroll_position} #{copy_cursor_x},#{copy_cursor_y} #{client_flags}'
  const argv = ['list-clients', '-t', session, '-F', `${seen} ${where} ${mode}`]
  return (await tmux.raw(argv)).lines
}
