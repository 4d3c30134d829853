import { formatDuration, toPlainText } from '@tmux-orchestrator/cli'
import type { ErrorView, OrchestrationView } from '@tmux-orchestrator/orchestrator'

const shownMax = 200

const words: Readonly<Record<ErrorView['kind'], string>> = {
  authentication: 'its login or key is refused',
  credit: 'nothing is left to pay with',
  'context-full': 'its conversation no longer fits the model',
  overloaded: "the model's servers are busy",
  'rate-limit': 'it sends too many requests',
  server: "the model's servers fail",
  'invalid-request': 'its request is refused',
  network: 'its connection fails',
  unknown: 'its turn failed',
  stuck: 'it seems stuck',
}

/** What one logs in with anew, of the programs that we know. */
const logins: Readonly<Record<string, string>> = {
  claude: '/login',
  codex: 'codex login',
  gemini: '/auth',
  opencode: 'opencode auth login',
}

/** An error's kind in words; one that this version does not know is said as it is. */
export function wordingOfKind(kind: string): string {
  return Object.hasOwn(words, kind) ? words[kind as ErrorView['kind']] : toPlainText(kind)
}

/** What stops an agent, since when, and what its program says of it, in one line. */
export function wordingOfError({ kind, detail, since }: ErrorView): string {
  const stood = formatDuration(Date.now() - Date.parse(since))
  const said = detail === null ? '' : `: ${lineOf(detail)}`
  return `${wordingOfKind(kind)}, since ${stood}${said}`
}

/** A program's own words in one line that nothing in it can break or colour. */
export function lineOf(text: string): string {
  const line = toPlainText(text).replaceAll(/\s+/g, ' ').trim()
  return line.length > shownMax ? `${line.slice(0, shownMax)}…` : line
}

/** The commands that help. */
export function nextOfError(
  { id, program }: Pick<OrchestrationView, 'id' | 'program'>,
  { agent, kind }: ErrorView,
  tmo: string,
): string {
  const login = kind === 'authentication' ? logins[program] : undefined
  const more = kind === 'credit' ? `${tmo} credits status` : login
  const attach = `${tmo} attach ${id}/${agent}`
  if (more === undefined) return attach
  // what is said to the program itself, in its window
  return more.startsWith('/') ? `${attach} # then ${more}` : `${attach} · ${more}`
}
