import type { Context } from '@tmux-orchestrator/cli'
import { isRemoteError, resolveHome } from '@tmux-orchestrator/daemon'
import type { IgnoredGrants, Unagreed, UnagreedHooks } from '@tmux-orchestrator/orchestrator/plan'

/** What is left out, and how a person agrees to it. */
export function wordsOfIgnored(ignored: IgnoredGrants): string {
  const held = ignored.what.length === 0 ? '' : '; its deny rules hold'
  const refused = ignored.commands.length === 0 ? '' : '; a run that needs its commands is refused'
  return `${listOf(ignored)}\nthis is ignored, because nobody has agreed to it${held}${refused}. tmo run --trust agrees`
}

/** What flags, and an answer that was given before, agree to. */
export interface Trust {
  /** All that the project's settings run and allow, and its hooks. */
  readonly all: boolean
  /** Its hooks. */
  readonly hooks: boolean
  /** Hashes of what somebody has just seen and agreed to; what is another by now is asked for. */
  readonly seen: { readonly settings?: string; readonly hooks?: string }
}

/** Something else that the same answer agrees to; asked only where a question is asked anyway. */
export interface Also {
  readonly words: string
  agree(): Promise<void>
}

/**
 * Asks once for what the project's own settings would run or allow; flags are the answer, and without a terminal it is no. True
 * when somebody has just agreed to some of it, so that plans have to be made again.
 */
export async function askConsent(
  context: Context,
  plans: readonly Unagreed[],
  trust: Trust,
  also?: Also,
): Promise<boolean> {
  const plan = plans.find(({ ignored, unagreedHooks }) => ignored ?? unagreedHooks)
  if (!plan) return false
  const { ignored, unagreedHooks: hooks, project } = plan
  const open = {
    ignored: trust.all || trust.seen.settings === ignored?.hash ? undefined : ignored,
    hooks: trust.all || trust.hooks || trust.seen.hooks === hooks?.hash ? undefined : hooks,
  }
  const words = [open.ignored && listOf(open.ignored), open.hooks && listOfHooks(open.hooks, project.path)]
  const asked = words.filter((text) => text !== undefined)
  const agrees =
    asked.length > 0 &&
    (await context.confirm(
      `${[...asked, ...(also ? [also.words] : [])].join('\n')}\nAgree, until it changes?`,
    )) === true
  if (agrees) await also?.agree()
  const { giveConsent, hooksOf } = await import('@tmux-orchestrator/orchestrator/plan')
  const home = resolveHome(context.env)
  const given = {
    ignored: agrees || !open.ignored ? ignored : undefined,
    hooks: agrees || !open.hooks ? hooks : undefined,
  }
  if (given.ignored) await giveConsent(home, project.path, given.ignored.hash)
  if (given.hooks) await giveConsent(home, hooksOf(project.path), given.hooks.hash)
  // what is refused is told once
  if (ignored && !given.ignored && !ignored.needed?.length) context.warn(wordsOfIgnored(ignored))
  return given.ignored !== undefined || given.hooks !== undefined
}

/** What could not even be planned, because its agent program is a command that nobody has agreed to. */
export function unplanned(error: unknown): Unagreed | undefined {
  const isOne =
    isRemoteError(error, 'NOT_AGREED') ||
    (error instanceof Error && 'code' in error && error.code === 'NOT_AGREED')
  if (!isOne || !(error instanceof Error) || !('details' in error)) return undefined
  return error.details as Unagreed
}

/** The hooks that somebody has to look at before they run. */
export function listOfHooks({ commands }: UnagreedHooks, project: string): string {
  return toLines(
    `the settings of ${project} name hooks of its repository that would run in each worktree`,
    commands.map(({ key, command }) => `${spellOut(key)}: ${spellOut(command)}`),
  ).join('\n')
}

/** Whatever a repository calls its rules and commands, it writes nothing else on the terminal. */
export function listOf({ file, what, commands }: IgnoredGrants): string {
  return [
    ...toLines(
      `${file} names commands that would run on this machine`,
      commands.map(({ key, command }) => `${spellOut(key)}: ${spellOut(command)}`),
    ),
    ...toLines(`${file} would let agents do without asking`, what),
  ].join('\n')
}

function toLines(title: string, list: readonly string[]): readonly string[] {
  if (list.length === 0) return []
  return [`${title}:`, ...list.map((one) => `  ${spellOut(one)}`)]
}

/**
 * All of it, as it would run: what holds a character that a terminal would swallow, reorder or not show stands in quotes, as JSON has
 * it. Nothing is left out, since what is not shown is agreed to as well.
 */
export function spellOut(text: string): string {
  const plain = text.replace(unseen, '')
  if (plain === text) return text
  return JSON.stringify(text).replace(
    unseen,
    (character) => `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`,
  )
}

const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu
