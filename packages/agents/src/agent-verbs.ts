import { join } from 'node:path'
import type { LaunchChoices, LaunchRequest } from './adapter.ts'
import { chosen } from './launch.ts'

/** What an agent may say without a question, and nothing else of `tmo`: people's commands are not among it. */
export const verbCommands: readonly string[] = [
  'tmo report',
  'tmo send',
  'tmo inbox',
  'tmo task',
  'tmo schedule',
  'tmo agent list',
]

/** What every agent needs besides its verbs: its work has to become commits. */
export const gitCommands: readonly string[] = ['git add', 'git commit', 'git status']

/** The name of the server that offers the verbs as tools. */
export const verbServerName = 'tmo'

/** The variables that it is told by whom it speaks for. */
export const verbVariables = ['TMO_HOME', 'TMO_AGENT', 'TMO_TOKEN'] as const

export interface VerbServer {
  readonly command: string
  readonly args: readonly string[]
}

/**
 * Whether a launch has the server of the verbs: not with the option `mcp: off`.
 *
 * @throws AgentsError `BAD_OPTION`
 */
export function isServerWanted(program: string, { options }: LaunchChoices): boolean {
  return chosen(program, 'mcp', options?.['mcp'], ['on', 'off'], 'on') === 'on'
}

/**
 * How a program starts the server of the verbs, whose calls leave the program's own sandbox; undefined with the option
 * `mcp: off`.
 *
 * @throws AgentsError `BAD_OPTION`
 */
export function verbServer(program: string, request: LaunchRequest): VerbServer | undefined {
  if (!isServerWanted(program, request)) return undefined
  return { command: join(request.tmoBin, 'tmo'), args: ['mcp'] }
}
