import {
  type AgentAdapter,
  type AgentHandle,
  answerPermission,
  type ChangeWatch,
  type PaneLook,
  type PermissionAsk,
} from '@tmux-orchestrator/agents'
import type { AgentEars } from './agent-ears.ts'
import { agentHandle } from './agent-handle.ts'
import { AnswerTries } from './answer-tries.ts'
import type { Desired } from './command-map.ts'
import { DueLooks } from './due-looks.ts'
import type { PaneSight, TmuxSight } from './observe.ts'
import { decidePermission, type PermissionPolicy, type PermissionVerdict } from './permission-policy.ts'
import { questionEnd } from './question-end.ts'
import { describeError, type Runtime } from './runtime.ts'
import type { AgentRow, PermissionRow, QuestionRow } from './tables.ts'

interface Seat {
  readonly agent: AgentRow
  readonly adapter: AgentAdapter
  readonly policy: PermissionPolicy
}

/** Sees what agents ask, writes it down, and answers what the policy decides; the rest, and every question, waits for a human. */
export class PermissionDesk {
  readonly #runtime: Runtime
  readonly #ears: AgentEars
  readonly #looks: DueLooks
  readonly #onChange: () => void
  readonly #teams: Map<string, readonly Seat[]> = new Map()
  /** By agent, what was last written down; a change is written once. */
  readonly #prints: Map<string, string> = new Map()
  /** By agent, what waited when that was written down. */
  readonly #waiting: Map<string, readonly PermissionRow[]> = new Map()
  /** By agent, the questions that wait in its window; none is known before the first look. */
  readonly #questions: Map<string, readonly QuestionRow[]> = new Map()
  readonly #tries: AnswerTries
  /** By agent, that this process answers, and what tells of changes there. */
  readonly #kept: Map<string, ChangeWatch> = new Map()
  readonly #busy: Map<string, Promise<void>> = new Map()

  constructor(runtime: Runtime, ears: AgentEars, onChange: () => void, answerAgainMs?: number) {
    this.#runtime = runtime
    this.#ears = ears
    this.#looks = new DueLooks(ears)
    this.#onChange = onChange
    this.#tries = new AnswerTries(answerAgainMs)
  }

  follow({ orchestration, agents }: Desired): void {
    const adapter = this.#runtime.adapter(orchestration.program)
    if (!adapter.permissions) return
    const policy: PermissionPolicy = JSON.parse(orchestration.permission_policy ?? '{}')
    this.#teams.set(
      orchestration.id,
      agents.map((agent) => ({ agent, adapter, policy })),
    )
  }

  forget(id: string): void {
    for (const seat of this.#teams.get(id) ?? []) this.#leave(seat)
    this.#teams.delete(id)
  }

  /** Begins to look at every agent that may ask something and is not being looked at; waits for none. */
  look(sight: TmuxSight): void {
    if (!sight.known) return
    for (const [id, seats] of this.#teams) {
      for (const seat of seats) {
        const panes = sight.panes.get(id) ?? []
        const pane = panes.find((one) => one.agent === seat.agent.name && !one.dead)
        if (!pane) this.#leave(seat)
        else if (this.#looks.isDue(keyOf(seat.agent), printOf(pane)))
          this.#begin(seat.agent, () => this.#serve(seat, pane))
      }
    }
  }

  /** When every look that began has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#busy.values())
  }

  async close(): Promise<void> {
    await this.settled()
    for (const watch of this.#kept.values()) watch.close()
  }

  /** A program that is gone waits for nothing; a hook of it may still. */
  #leave(seat: Seat): void {
    const key = keyOf(seat.agent)
    const kept = this.#kept.get(key)
    if (!kept) return
    const look = this.#busy.get(key)
    if (look) {
      void look.then(() => this.#leave(seat))
      return
    }
    const { orchestration_id: id, name } = seat.agent
    this.#begin(seat.agent, async () => {
      kept.close()
      this.#kept.delete(key)
      this.#prints.delete(key)
      this.#looks.forget(key)
      this.#note(key, [])
      await seat.adapter.releasePermissions?.({ stateDir: this.#runtime.folder(id, name) })
      await this.#runtime.ledger.command('permission.seen', { id, name, asks: [] })
      await this.#endQuestions(seat)
    })
  }

  #begin(agent: AgentRow, act: () => Promise<void>): void {
    const key = keyOf(agent)
    if (this.#busy.has(key)) return
    const work = act()
      .catch((error: unknown) => {
        if (this.#runtime.signal.aborted) return
        this.#runtime.log({
          level: 'error',
          event: 'permission:failed',
          agent: key,
          error: describeError(error),
        })
      })
      .finally(() => this.#busy.delete(key))
    this.#busy.set(key, work)
  }

  async #serve(seat: Seat, pane: PaneSight): Promise<void> {
    const key = keyOf(seat.agent)
    const handle = agentHandle(this.#runtime, seat.agent, pane)
    this.#ears.listen(key, seat.adapter, handle)
    if (!this.#kept.has(key)) await this.#keep(key, seat.adapter, handle)
    this.#looks.begin(key, printOf(pane))
    const look: PaneLook = {
      dead: pane.dead,
      title: pane.title,
      screen: async () => (await (await this.#runtime.tmux()).capture(pane.pane, { attributes: true })).text,
    }
    const asks = await seat.adapter.permissions?.(handle, look)
    if (!asks) return
    await this.#noteQuestions(seat, handle, look, asks)
    await this.#leaveQuestions(seat, pane, asks)
    const own = asks.filter((ask) => !ask.isQuestion)
    const print = `${pane.pid} ${own.map((ask) => ask.id).join(' ')}`
    if (this.#prints.get(key) !== print) {
      const { orchestration_id: id, name } = seat.agent
      const { waiting } = await this.#runtime.ledger.command('permission.seen', { id, name, asks: own })
      this.#prints.set(key, print)
      this.#note(key, waiting)
    }
    for (const row of this.#waiting.get(key) ?? []) {
      if (this.#tries.isDue(key, row.request)) await this.#try(seat, pane, row)
    }
    const isWaitedFor = [this.#waiting, this.#questions].some((rows) => (rows.get(key) ?? []).length > 0)
    if (this.#isTold(key, seat.adapter) && asks.length === 0 && !isWaitedFor) this.#looks.end(key)
  }

  /** Whether a request would be heard of. */
  #isTold(key: string, { watch, watchPermissions }: AgentAdapter): boolean {
    if (watch === undefined && watchPermissions === undefined) return false
    return this.#ears.hears(key) && this.#kept.get(key)?.isWatching() !== false
  }

  #note(key: string, waiting: readonly PermissionRow[]): void {
    this.#waiting.set(key, waiting)
    const requests = waiting.map(({ request }) => request)
    this.#tries.keep(key, requests)
  }

  /** What the policy decides is tried again while it is asked, and goes to a person in the end. */
  async #try(seat: Seat, pane: PaneSight, row: PermissionRow): Promise<void> {
    const key = keyOf(seat.agent)
    const asked = { tool: row.tool, subject: row.subject, isPartial: row.is_partial === 1 }
    const verdict = decidePermission(seat.policy, seat.agent.role, asked)
    const failure = await this.#decide(seat, pane, row, verdict).catch((error: unknown) => {
      if (this.#runtime.signal.aborted) throw error
      return describeError(error)
    })
    if (failure === undefined) {
      this.#tries.end(key, row.request)
      return
    }
    const isAgain = this.#tries.fail(key, row.request)
    const { request } = row
    const level = isAgain ? 'info' : 'warn'
    this.#runtime.log({ level, event: 'permission:not-answered', agent: key, request, isAgain, failure })
    if (isAgain || verdict.decision === 'ask') return
    const { orchestration_id: id, name } = seat.agent
    const said = verdict.decision === 'allow' ? 'allows' : 'denies'
    const note = `the rule ${verdict.rule} ${said} it, but the answer was not taken: ${failure}`
    await this.#runtime.ledger.command('permission.leave', { id, name, request, note })
  }

  /** From here on this process answers: hooks that found nobody showed their dialogs at once. */
  async #keep(key: string, adapter: AgentAdapter, place: { readonly stateDir: string }): Promise<void> {
    await adapter.keepPermissions?.(place)
    const watch = adapter.watchPermissions?.(place, () => {
      this.#ears.hint(key)
      this.#onChange()
    })
    this.#kept.set(key, watch ?? { close: () => undefined, isWatching: () => true })
  }

  /** A question that its hook left to the dialog is no longer listed: what its agent does next tells that it was answered. */
  async #noteQuestions(
    { adapter, agent }: Seat,
    handle: AgentHandle,
    look: PaneLook,
    asks: readonly PermissionAsk[],
  ): Promise<void> {
    const key = keyOf(agent)
    const questions = asks.filter((ask) => ask.isQuestion)
    const known = this.#questions.get(key)
    const isNew = questions.some(({ id }) => !known?.some(({ request }) => request === id))
    const left = (known ?? []).filter(({ request }) => !questions.some(({ id }) => id === request))
    const activity = left.length === 0 ? undefined : await adapter.activity(handle, look)
    const gone = left.flatMap((row) => {
      const at = activity && questionEnd(row, activity, this.#runtime.now())
      return at === undefined ? [] : [{ request: row.request, at }]
    })
    if (known !== undefined && !isNew && gone.length === 0) return
    const { orchestration_id: id, name } = agent
    const seen = { id, name, asks: questions, gone }
    this.#questions.set(key, (await this.#runtime.ledger.command('question.seen', seen)).waiting)
  }

  /** Nobody asks any more: the program is gone. */
  async #endQuestions({ agent }: Seat): Promise<void> {
    const { orchestration_id: id, name } = agent
    const rows = this.#questions.get(keyOf(agent)) ?? []
    this.#questions.delete(keyOf(agent))
    const gone = rows.map(({ request }) => ({ request, at: this.#runtime.now() }))
    if (gone.length > 0) await this.#runtime.ledger.command('question.seen', { id, name, asks: [], gone })
  }

  async #leaveQuestions(seat: Seat, pane: PaneSight, asks: readonly PermissionAsk[]): Promise<void> {
    for (const { id } of asks.filter((ask) => ask.isQuestion)) {
      await this.#answer(seat, pane, id, { decision: 'pass' })
    }
  }

  /** Answers what the policy decides; tells why that failed, or nothing when all is done. */
  async #decide(
    seat: Seat,
    pane: PaneSight,
    row: PermissionRow,
    { decision, rule }: PermissionVerdict,
  ): Promise<string | undefined> {
    if (decision === 'ask') {
      if (seat.adapter.hooksHideDialog) await this.#answer(seat, pane, row.request, { decision: 'pass' })
      return undefined
    }
    const reason = `Denied by the project's rule ${rule}.`
    const outcome = await this.#answer(seat, pane, row.request, {
      decision,
      ...(decision === 'deny' && { reason }),
    })
    const { orchestration_id: id, name } = seat.agent
    if (outcome.status !== 'answered') return 'detail' in outcome ? outcome.detail : 'nobody took it'
    const state = decision === 'allow' ? 'allowed' : 'denied'
    await this.#runtime.ledger.command('permission.settle', {
      id,
      name,
      request: row.request,
      state,
      by: 'policy',
      rule,
    })
    return undefined
  }

  async #answer(
    { adapter, agent }: Seat,
    pane: PaneSight,
    id: string,
    answer: Parameters<typeof answerPermission>[0]['answer'],
  ): ReturnType<typeof answerPermission> {
    const tmux = await this.#runtime.tmux()
    return await answerPermission({
      tmux,
      adapter,
      handle: agentHandle(this.#runtime, agent, pane),
      id,
      answer,
    })
  }
}

function keyOf(agent: AgentRow): string {
  return `${agent.orchestration_id}/${agent.name}`
}

/** What of a pane bears on what its agent asks. */
function printOf({ pane, pid }: PaneSight): string {
  return `${pane} ${pid}`
}
