import { setTimeout as sleep } from 'node:timers/promises'
import { isSimError, SimError } from './errors.ts'
import type { ReportKind } from './formats.ts'
import { isRecord, parseJson } from './json.ts'
import { failureText, runProgram } from './run-program.ts'
import { parseTasks, parseTeam, type Task, type Teammate } from './team-view.ts'

export interface VerbsOptions {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Pauses before the second, third … attempt. @defaultValue 0.25 s doubling to 8 s, then 15 s twice */
  readonly pausesMs?: readonly number[]
}

/** What an agent can say and ask: `tmo` on the PATH, one process per call, tried again when it fails. */
export interface Verbs {
  tasks(): Promise<readonly Task[]>
  team(): Promise<readonly Teammate[]>
  take(task: string): Promise<void>
  done(task: string, evidence: string): Promise<void>
  send(name: string, text: string): Promise<void>
  report(kind: ReportKind | 'progress', note: string): Promise<void>
}

const defaultPausesMs: readonly number[] = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]
/** A wrong command stays wrong, and a no is an answer: neither is tried again. */
const finalExits: ReadonlySet<unknown> = new Set([2, 3])
const sendPauses = 2

export function openVerbs(options: VerbsOptions): Verbs {
  const { cwd, env, signal, pausesMs = defaultPausesMs } = options
  const attempt = async (args: readonly string[]): Promise<string> => {
    const result = await runProgram('tmo', args, { cwd, env, signal, timeoutMs: 60_000 })
    if (result.exitCode === 0) return result.stdout
    throw new SimError('VERB_FAILED', failureText(result), { details: { exitCode: result.exitCode ?? -1 } })
  }
  const call = async (args: readonly string[], pauses: readonly number[] = pausesMs): Promise<string> => {
    for (const pauseMs of pauses) {
      try {
        return await attempt(args)
      } catch (error) {
        if (!isWorthAnother(error)) throw verbError(args, error)
        await sleep(pauseMs, undefined, { signal })
      }
    }
    return attempt(args)
  }
  const ask = async (args: readonly string[]): Promise<unknown> => parseJson(await call([...args, '--json']))
  const tell = async (args: readonly string[]): Promise<void> => {
    await call(args)
  }
  return {
    tasks: async () => parseTasks(await ask(['task', 'list'])),
    team: async () => parseTeam(await ask(['agent', 'list'])),
    take: (task) => tell(['task', 'take', task]),
    done: (task, evidence) => tell(['task', 'done', task, evidence]),
    send: async (name, text) => {
      await call(['send', name, text], pausesMs.slice(0, sendPauses))
    },
    report: (kind, note) => tell(['report', kind, note]),
  }
}

function isWorthAnother(error: unknown): boolean {
  return isSimError(error) && error.code === 'VERB_FAILED' && !finalExits.has(error.details.exitCode)
}

/** True when the verb was heard, and the answer is no (exit code 3). */
export function isNo(error: unknown): boolean {
  return isSimError(error) && error.code === 'VERB_FAILED' && error.details.exitCode === 3
}

function verbError(args: readonly string[], error: unknown): unknown {
  if (!isRecord(error) || typeof error.code !== 'string' || isSimError(error)) return error
  if (error.code === 'ABORT_ERR') return error
  return new SimError('VERB_FAILED', `cannot run tmo ${args.join(' ')}: ${error.code}`, {
    cause: error,
    hint: 'put tmo on the PATH of the pane',
  })
}
