import {
  type Command,
  type Context,
  defineCommand,
  type ExitWith,
  exit,
  toPlainText,
} from '@tmux-orchestrator/cli'
import { connectDaemon, type DaemonClient, isDaemonError } from '@tmux-orchestrator/daemon'
import type { OrchestrationSummary, OrchestrationView } from '@tmux-orchestrator/orchestrator'
import { cliPath, commandName, openDaemon } from '../daemon.ts'
import { isStranded, wordingOfBox } from '../wording-of-box.ts'
import { nextOfError, wordingOfError } from '../wording-of-error.ts'
import { wordingOfHeld } from '../wording-of-held.ts'
import { wordingOfPermission } from '../wording-of-permission.ts'
import { wordingOfQuestion } from '../wording-of-question.ts'
import { renderList } from './list.ts'

interface Need {
  readonly id: string
  readonly why: string
  /** The command that looks at it. */
  readonly next: string
}

interface BareAnswer {
  readonly needs: readonly Need[]
  readonly orchestrations: readonly OrchestrationSummary[]
}

/** Who types in a window is done after so long, or has left. */
const heldMs = 60_000
const looked: ReadonlySet<string> = new Set(['needs-human', 'starting', 'running', 'integrating'])

/** `tmo` alone: who needs me? */
export const bareCommand: Command = defineCommand({
  name: 'tmo',
  summary: 'Who needs you now; exit 3 when somebody does.',
  examples: [],
  async run({ context }): Promise<BareAnswer | ExitWith<BareAnswer>> {
    if (!(await isRunning(context))) return { needs: [], orchestrations: [] }
    await using daemon = await openDaemon(context)
    const { orchestrations } = await daemon.call('orchestration.list', {})
    const needs: Need[] = []
    for (const row of orchestrations) {
      if (!looked.has(row.state)) continue
      const view = await daemon.call('orchestration.status', { id: row.id })
      needs.push(
        ...needsOf(view, commandName(context)),
        ...(await windowsOf(daemon, view, commandName(context))),
      )
    }
    const answer = { needs, orchestrations }
    return needs.length > 0 ? exit(3, answer) : answer
  },
  render: (answer: BareAnswer, context: Context) => renderBare(answer, commandName(context)),
})

/** Nothing is started only to say that there is nothing. */
async function isRunning(context: Context): Promise<boolean> {
  try {
    await using _ = await connectDaemon({ env: context.env, cliPath, signal: context.signal })
    return true
  } catch (error) {
    if (isDaemonError(error, 'NOT_RUNNING')) return false
    throw error
  }
}

function needsOf(view: OrchestrationView, tmo: string): Need[] {
  const needs: Need[] = []
  if (view.state === 'needs-human') {
    needs.push({ id: view.id, why: view.cause ?? 'it needs a human', next: `${tmo} status ${view.id}` })
  }
  for (const conflict of view.conflicts) {
    needs.push({
      id: `${view.id}/${conflict.agent}`,
      why: `conflict in ${conflict.files.join(', ')}`,
      next: `${tmo} attach ${view.id}/${conflict.agent}`,
    })
  }
  for (const one of view.permissions) {
    const target = `${view.id}/${one.agent}`
    const several = view.permissions.filter(({ agent }) => agent === one.agent).length > 1
    const named = several ? ` --request ${one.request}` : ''
    needs.push({
      id: target,
      why: wordingOfPermission(one),
      // what the policy could not answer, its window alone may
      next: `${one.note === null ? '' : `${tmo} attach ${target} · `}${tmo} approve ${target}${named} · ${tmo} deny ${target}${named}`,
    })
  }
  for (const one of view.questions) {
    const target = `${view.id}/${one.agent}`
    needs.push({ id: target, why: wordingOfQuestion(one), next: `${tmo} attach ${target}` })
  }
  for (const one of view.errors.filter(({ needsYou }) => needsYou)) {
    needs.push({
      id: `${view.id}/${one.agent}`,
      why: wordingOfError(one),
      next: nextOfError(view, one, tmo),
    })
  }
  for (const agent of view.agents) {
    const last = view.reports.findLast((report) => report.agent === agent.name)
    if (agent.state === 'running' && last?.kind === 'blocked') {
      needs.push({
        id: `${view.id}/${agent.name}`,
        why: `blocked: ${last.note}`,
        next: `${tmo} attach ${view.id}/${agent.name}`,
      })
    }
  }
  return needs
}

/** What stands in a window and can be answered there only: dialogs, and messages that came back into the box. */
async function windowsOf(daemon: DaemonClient, view: OrchestrationView, tmo: string): Promise<Need[]> {
  const needs: Need[] = []
  for (const { name, state } of view.agents) {
    if (state !== 'running' || [...view.permissions, ...view.questions].some(({ agent }) => agent === name))
      continue
    const id = `${view.id}/${name}`
    const { verdict, others, box } = await daemon.call('agent.explain', { target: id })
    const held = view.held.find(
      ({ agent, since }) => agent === name && Date.now() - Date.parse(since) >= heldMs,
    )
    if (isStranded(box))
      needs.push({ id, why: `in its prompt box stands ${wordingOfBox(box)}`, next: `${tmo} attach ${id}` })
    else if (held) needs.push({ id, why: wordingOfHeld(held), next: `${tmo} attach ${id}` })
    const isAsking = verdict.state === 'limited' && others.some((one) => one.state === 'waiting-input')
    if (verdict.state !== 'blocked-permission' && verdict.state !== 'waiting-input' && !isAsking) continue
    const what = verdict.state === 'blocked-permission' ? 'permission' : 'an answer'
    const detail = toPlainText(verdict.detail ?? verdict.source).replaceAll(/\s+/g, ' ')
    needs.push({ id, why: `waits for ${what} in its window: ${detail}`, next: `${tmo} attach ${id}` })
  }
  return needs
}

function renderBare({ needs, orchestrations }: BareAnswer, tmo: string): string {
  if (orchestrations.length === 0) {
    return `nothing is running; start a team with: ${tmo} run --project DIR --spec FILE --agent sim`
  }
  const who =
    needs.length === 0
      ? 'nobody needs you'
      : needs.map((need) => `${need.id} needs you: ${need.why}\n  ${need.next}`).join('\n')
  return `${who}\n\n${renderList({ orchestrations })}`
}
