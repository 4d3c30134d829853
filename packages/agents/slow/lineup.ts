import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ConversationLine,
  type Persona,
  parseConversation,
  parseRecord,
  personaArguments,
  type RecordLine,
  simProgram,
} from '@tmux-orchestrator/agent-sim'
import { isProcessAlive, isTmuxError, type SessionId, type Tmux } from '@tmux-orchestrator/tmux-driver'
import {
  type AgentAdapter,
  type AgentHandle,
  adapterFor,
  type Message,
  type SimPrompt,
} from '../src/index.ts'

export interface Member {
  readonly name: string
  readonly prompt: SimPrompt
  readonly persona: Partial<Persona>
  readonly messages: readonly Message[]
}

/** Agents that are started again, with their own conversations, whenever they have ended. */
export class Lineup {
  readonly #members: readonly Member[]
  readonly #folder: string
  readonly #handles = new Map<string, AgentHandle>()
  readonly #sessions = new Map<string, SessionId>()
  /** How often an agent was started. */
  starts = 0

  constructor(folder: string, members: readonly Member[]) {
    this.#folder = folder
    this.#members = members
    mkdirSync(this.simHome, { recursive: true })
  }

  get simHome(): string {
    return join(this.#folder, 'sim')
  }

  /** Tells where each agent is, whole or not at all. */
  get file(): string {
    return join(this.#folder, 'lineup.json')
  }

  get handles(): readonly AgentHandle[] {
    return [...this.#handles.values()]
  }

  handle(name: string): AgentHandle {
    const handle = this.#handles.get(name)
    if (handle === undefined) throw new Error(`${name} was never started`)
    return handle
  }

  adapter(member: Member): AgentAdapter {
    return adapterFor('sim', { simHome: this.simHome, simProgram: simProgram(), simPrompt: member.prompt })
  }

  /** Starts every agent whose process is gone; true when there was one. */
  async revive(tmux: Tmux): Promise<boolean> {
    const gone = this.#members.filter(({ name }) => {
      const handle = this.#handles.get(name)
      return handle === undefined || !isProcessAlive(handle.pid)
    })
    for (const member of gone) await this.#start(tmux, member)
    if (gone.length > 0) this.#tell()
    return gone.length > 0
  }

  /** Ends all processes by their id: a tmux server that is killed takes no agent with it that hangs. */
  kill(): void {
    for (const { pid } of this.handles) if (isProcessAlive(pid)) process.kill(pid, 'SIGKILL')
  }

  conversation(name: string): readonly ConversationLine[] {
    return parseConversation(this.#read('conversations', name))
  }

  record(name: string): readonly RecordLine[] {
    return parseRecord(this.#read('records', name))
  }

  #read(folder: string, name: string): string {
    return readFileSync(join(this.simHome, folder, `${this.handle(name).conversationId}.jsonl`), 'utf8')
  }

  async #start(tmux: Tmux, member: Member): Promise<void> {
    const { name, persona } = member
    const before = this.#handles.get(name)
    const session = this.#sessions.get(name)
    if (session !== undefined) await tmux.killSession(session).catch(ignoreGone)
    const conversationId = before?.conversationId ?? randomUUID()
    const place = { cwd: this.#folder, conversationId, stateDir: join(this.#folder, `state-${name}`) }
    const who = { orchestration: 'proof-abcd', name, role: 'developer', tmoBin: this.#folder, env: {} }
    const isNew = before === undefined || (await this.adapter(member).conversation(place)) === 'absent'
    const plan = await this.adapter(member).prepare({ ...who, ...place, mode: isNew ? 'new' : 'resume' })
    const opened = await tmux.newSession({
      name: `${name}-${randomUUID().slice(0, 6)}`,
      cwd: this.#folder,
      env: plan.env,
      command: [...plan.argv, ...personaArguments(persona)],
      remainOnExit: true,
      size: { cols: 120, rows: 40 },
    })
    const rows = await tmux.list({ fields: ['pane', 'pid'] })
    const pid = rows.find(({ pane }) => pane === opened.pane)?.pid ?? 0
    this.#sessions.set(name, opened.session)
    this.#handles.set(name, { ...place, pane: opened.pane, pid })
    this.starts += 1
  }

  #tell(): void {
    const lineup = this.#members.map(({ name }) => ({ name, handle: this.#handles.get(name) }))
    writeFileSync(`${this.file}.new`, JSON.stringify(lineup))
    renameSync(`${this.file}.new`, this.file)
  }
}

function ignoreGone(error: unknown): void {
  if (!isTmuxError(error)) throw error
}
