import { performance } from 'node:perf_hooks'
import { askOnTerminal } from './ask.ts'
import { createPalette, wantsColor } from './color.ts'
import type { Context, Input, Output } from './context.ts'
import type { Globals } from './globals.ts'
import { createProgress, type ProgressOptions } from './progress.ts'

/** The raw outside of which a context is made. */
export interface ContextSource {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly now: () => number
  readonly globals: Globals
  readonly signal: AbortSignal
  readonly onForcedExit: (lines: () => readonly string[]) => void
}

export function createContext(source: ContextSource): Context {
  const { stdin, stdout, stderr, env, globals, signal } = source
  const color = wantsColor(stdout, env, globals.color)
  const colors = createPalette(color)
  const stderrColors = createPalette(wantsColor(stderr, env, globals.color))
  const isTty = globals.input && stdin.isTTY === true && stderr.isTTY === true
  const mode = progressMode(source)
  const progress = createProgress({ stderr, colors: stderrColors, now: () => performance.now(), mode })
  const say = (stream: Output, text: string): void =>
    void stream.write(text.endsWith('\n') ? text : `${text}\n`)
  const ask = async (question: string, choices?: readonly string[]): Promise<string | undefined> =>
    isTty ? askOnTerminal({ question, stdin, stderr, signal, ...(choices && { choices }) }) : undefined
  return {
    stdin,
    stdout,
    stderr,
    env,
    cwd: source.cwd,
    signal,
    json: globals.json,
    debug: globals.debug,
    color,
    colors,
    stderrColors,
    isTty,
    now: source.now,
    progress,
    warn: (text) => {
      const line = `${stderrColors.yellow('warning:')} ${text}`
      if (mode === 'silent') say(stderr, line)
      else progress.log(line)
    },
    print: (text) => say(globals.json ? stderr : stdout, text),
    printJson: (document) => say(stdout, JSON.stringify(toDocument(document))),
    ask,
    confirm: async (question) => {
      const answer = await ask(question, ['yes', 'no'])
      return answer === undefined ? undefined : answer === 'yes'
    },
    onForcedExit: source.onForcedExit,
  }
}

/** On a terminal lines are rewritten; under `--json` a stderr that nobody watches stays empty. */
function progressMode({ stderr, env, globals }: ContextSource): ProgressOptions['mode'] {
  if (stderr.isTTY === true) return env['TERM'] === 'dumb' ? 'plain' : 'live'
  return globals.json ? 'silent' : 'plain'
}

/** The answer as a document: `schemaVersion` first; a list or a bare value is put under `result`. */
export function toDocument(result: unknown): object {
  if (result === undefined) return { schemaVersion: 1 }
  if (typeof result === 'object' && result !== null && !Array.isArray(result))
    return { schemaVersion: 1, ...result }
  return { schemaVersion: 1, result }
}
