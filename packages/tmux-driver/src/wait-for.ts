import { setTimeout } from 'node:timers/promises'
import { capturePane } from './capture.ts'
import { remindOfChildren } from './child-reminder.ts'
import type { CommandRunner } from './command-runner.ts'
import { isTmuxError, TmuxError } from './errors.ts'
import { type PaneId, parsePaneId } from './ids.ts'
import { formatCommand } from './quote.ts'
import type { Screen } from './screen.ts'

/** What a pane is to show: text, a match, or nothing new for a while. */
export type ScreenCondition =
  | { readonly text: string }
  | { readonly regex: RegExp }
  /** Milliseconds without a change of its screen or its cursor. */
  | { readonly quietMs: number }

/** A wait for the end of a program. */
export interface ExitCondition {
  readonly exit: true
}

/** How long to wait. */
export interface WaitOptions {
  /** @defaultValue the handle's `timeoutMs` */
  readonly timeoutMs?: number
  /** Lines of history to look at too. @defaultValue 0 */
  readonly lines?: number | 'all'
  readonly signal?: AbortSignal
}

/** How a pane's program ended; of a pane that went with its program nothing more is known. */
export type PaneExit =
  | { readonly gone: false; readonly status: number | undefined; readonly signal: number | undefined }
  | { readonly gone: true }

/** A look that sees no change makes the next one wait longer, up to this. */
const intervalMs = { first: 10, factor: 1.5, longest: 200 }

interface Waiting {
  readonly runner: CommandRunner
  readonly pane: PaneId
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** See `Tmux.waitFor`. */
export async function waitForPane(
  { runner, pane, timeoutMs }: Pick<Waiting, 'runner' | 'pane' | 'timeoutMs'>,
  condition: ScreenCondition | ExitCondition,
  options: WaitOptions,
): Promise<Screen | PaneExit> {
  const waiting = { runner, pane, timeoutMs: options.timeoutMs ?? timeoutMs, signal: options.signal }
  return 'exit' in condition
    ? await waitForExit(waiting)
    : await waitForScreen(waiting, condition, options.lines)
}

/** The screen that meets the condition. @throws TmuxError TIMEOUT, PANE_DEAD, NO_SUCH_TARGET. */
async function waitForScreen(
  waiting: Waiting,
  condition: ScreenCondition,
  lines: number | 'all' = 0,
): Promise<Screen> {
  const meets = meetsCondition(condition)
  let before: Screen | undefined
  return await poll(waiting, describe(condition), async (waiting, now) => {
    const seen = await look(waiting, lines)
    // tmux moves a dead pane's screen up by a line, to say below that it is dead.
    const screen = seen.dead && lines !== 'all' ? await look(waiting, lines + 1) : seen
    const isNew = before === undefined || !isSame(before, screen)
    before = screen
    if (meets(screen, isNew, now)) return { answer: screen }
    if (screen.dead) throw endedWithout(waiting.pane, describe(condition))
    return { isNew }
  })
}

/** How the pane's program ended. @throws TmuxError TIMEOUT, NO_SUCH_TARGET when the pane was not there to begin with. */
async function waitForExit(waiting: Waiting): Promise<PaneExit> {
  let wasThere = false
  return await poll(waiting, 'its program to end', async (left) => {
    try {
      const exit = await readExit(left)
      wasThere = true
      return exit === undefined ? { isNew: false } : { answer: exit }
    } catch (error) {
      if (wasThere && isTmuxError(error, 'NO_SUCH_TARGET')) return { answer: { gone: true } }
      throw error
    }
  })
}

type Look<T> = { readonly answer: T } | { readonly isNew: boolean }

async function poll<T>(
  waiting: Waiting,
  what: string,
  lookOnce: (left: Waiting, now: number) => Promise<Look<T>>,
): Promise<T> {
  const { runner, pane, timeoutMs, signal } = waiting
  const giveUpAt = performance.now() + timeoutMs
  let pause = intervalMs.first
  for (;;) {
    signal?.throwIfAborted()
    const now = performance.now()
    const left = { timeoutMs: Math.max(1, giveUpAt - now) }
    const found = await lookOnce({ ...waiting, runner: runner.within(left) }, now).catch((error: unknown) => {
      throw isTmuxError(error, 'TIMEOUT') ? waitedTooLong(pane, what, timeoutMs) : error
    })
    if ('answer' in found) return found.answer
    if (now >= giveUpAt) throw waitedTooLong(pane, what, timeoutMs)
    pause = found.isNew ? intervalMs.first : Math.min(pause * intervalMs.factor, intervalMs.longest)
    const restMs = Math.max(0, giveUpAt - performance.now())
    // The reason of the signal is what the caller gave, not that of an aborted timer.
    await setTimeout(Math.min(pause, restMs), undefined, { signal }).catch(() => signal?.throwIfAborted())
  }
}

async function look({ runner, pane, signal }: Waiting, lines: number | 'all'): Promise<Screen> {
  return await capturePane(runner, pane, { lines, join: true, ...(signal === undefined ? {} : { signal }) })
}

async function readExit({ runner, pane, signal }: Waiting): Promise<PaneExit | undefined> {
  const target = parsePaneId(pane)
  remindOfChildren(runner.serverPid)
  const format = '#{pane_id} #{pane_dead} #{pane_dead_status} #{pane_dead_signal}'
  const line = formatCommand(['list-panes', '-t', target, '-F', format])
  const [block] = await runner.run(line, { target, signal })
  const own = block?.lines.find((row) => row.startsWith(`${target} `)) ?? ''
  const [, dead, status = '', death = ''] = own.split(' ')
  // How it ended is known a moment after that it did.
  if (dead !== '1' || (status === '' && death === '')) return undefined
  return { gone: false, status: toNumber(status), signal: toNumber(death) }
}

const toNumber = (text: string): number | undefined => (text === '' ? undefined : Number(text))

function meetsCondition(
  condition: ScreenCondition,
): (screen: Screen, isNew: boolean, now: number) => boolean {
  if ('text' in condition) return (screen) => screen.text.includes(condition.text)
  if ('regex' in condition) {
    // One that remembers where it stopped would skip what a later screen shows.
    const regex = new RegExp(condition.regex.source, condition.regex.flags.replace(/[gy]/g, ''))
    return (screen) => regex.test(screen.text)
  }
  const { quietMs } = condition
  if (!(quietMs > 0)) throw new RangeError(`quietMs is a number of milliseconds above 0, not ${quietMs}`)
  let since = Number.POSITIVE_INFINITY
  return (_, isNew, now) => {
    if (isNew) since = now
    return now - since >= quietMs
  }
}

function isSame(a: Screen, b: Screen): boolean {
  return a.text === b.text && a.cursor.x === b.cursor.x && a.cursor.y === b.cursor.y
}

function describe(condition: ScreenCondition): string {
  if ('text' in condition) return JSON.stringify(condition.text.slice(0, 100))
  return 'regex' in condition ? String(condition.regex).slice(0, 100) : `${condition.quietMs} ms of quiet`
}

function waitedTooLong(pane: PaneId, what: string, timeoutMs: number): TmuxError {
  return new TmuxError('TIMEOUT', `pane ${pane}: waited ${timeoutMs} ms for ${what}`, {
    details: { target: pane },
    hint: 'capture() tells what it shows instead.',
  })
}

function endedWithout(pane: PaneId, what: string): TmuxError {
  return new TmuxError('PANE_DEAD', `the program in pane ${pane} ended before ${what}`, {
    details: { target: pane },
    hint: 'capture() tells its last screen.',
  })
}
