import { delimiter } from 'node:path'
import type { LaunchChoices, LaunchPlan, LaunchRequest } from './adapter.ts'
import { AgentsError } from './errors.ts'
import type { Environment } from './find-program.ts'

/** A longer brief is pasted: one argument of a process holds at most 128 KiB. */
const argumentBytesMax = 65_536

/** The pane's environment: what was asked for, with the folder of `tmo` first on PATH. */
export function launchEnv(request: LaunchRequest, env: Environment): Record<string, string> {
  const path = request.env['PATH'] ?? env['PATH'] ?? ''
  return { ...request.env, PATH: path === '' ? request.tmoBin : `${request.tmoBin}${delimiter}${path}` }
}

/** How the brief travels, and what stands for it in argv. */
export function briefing(request: LaunchRequest): {
  readonly briefed: LaunchPlan['briefed']
  readonly argument: readonly string[]
} {
  const { brief } = request
  if (brief === undefined) return { briefed: 'none', argument: [] }
  if (/^\s*[-!/#@?&\\]/.test(brief)) {
    throw new AgentsError('UNSAFE_MESSAGE', 'brief refused: it begins like an option or a command', {
      hint: 'Begin the brief with a word or a [mark].',
    })
  }
  const isArgument = Buffer.byteLength(brief) <= argumentBytesMax && !brief.includes('\u0000')
  return isArgument ? { briefed: 'argument', argument: [brief] } : { briefed: 'paste', argument: [] }
}

/** Refuses options that the program does not have, so that a typing error is not silently ignored. */
export function checkOptions(program: string, { options }: LaunchChoices, known: readonly string[]): void {
  for (const name of Object.keys(options ?? {})) {
    if (known.includes(name)) continue
    throw new AgentsError('BAD_OPTION', `${program} has no option ${name}`, {
      details: { option: name },
      hint: known.length === 0 ? 'It takes none.' : `It takes: ${known.join(', ')}.`,
    })
  }
}

/**
 * One of a program's own words, or its default.
 *
 * @throws AgentsError `BAD_OPTION`
 */
export function chosen<T extends string>(
  program: string,
  what: string,
  value: string | undefined,
  allowed: readonly T[],
  fallback: T,
): T {
  if (value === undefined) return fallback
  const found = allowed.find((one) => one === value)
  if (found !== undefined) return found
  throw new AgentsError('BAD_OPTION', `${program} has no ${what} ${value}`, {
    details: { [what]: value },
    hint: `It knows: ${allowed.join(', ')}.`,
  })
}
