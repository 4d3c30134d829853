import type { Readable, Writable } from 'node:stream'
import type { Palette } from './color.ts'
import type { Progress } from './progress.ts'

/** Where text goes; a terminal says so by `isTTY`. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }
/** Where answers come from. */
export type Input = Readable & { readonly isTTY?: boolean }

/** Everything a command may touch of the outside, so that a test can hand in its own. */
export interface Context {
  readonly stdin: Input
  /** The answer. Prefer `print` and `printJson`. */
  readonly stdout: Output
  /** Everything said about the answer. Prefer `warn` and `progress`. */
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP, and when nobody reads stdout any more. */
  readonly signal: AbortSignal
  /** `--json` was given. */
  readonly json: boolean
  /** `--debug` was given. */
  readonly debug: boolean
  /** Colour is wanted on stdout. */
  readonly color: boolean
  /** Colours for stdout and for stderr; identity functions where colour is not wanted. */
  readonly colors: Palette
  readonly stderrColors: Palette
  /** stdin and stderr are terminals and `--no-input` was not given: a question can be asked. */
  readonly isTty: boolean
  /** Epoch milliseconds. */
  now(): number
  readonly progress: Progress
  /** A line on stderr, marked as a warning. */
  warn(text: string): void
  /** A line on stdout; on stderr under `--json`, where stdout holds documents only. */
  print(text: string): void
  /** One JSON document on one line of stdout, `schemaVersion` first. */
  printJson(document: object): void
  /**
   * Asks on the terminal; `undefined` where there is none, on end of input, and after three answers that fit no choice.
   * Rejects with the signal's reason when aborted. Without choices any line is an answer.
   */
  ask(question: string, choices?: readonly string[]): Promise<string | undefined>
  /** Asks yes or no; `undefined` where nobody can be asked. */
  confirm(question: string): Promise<boolean | undefined>
  /** Lines to print when a second Ctrl-C ends the process at once: what is left behind and the command that cleans it. */
  onForcedExit(lines: () => readonly string[]): void
}
