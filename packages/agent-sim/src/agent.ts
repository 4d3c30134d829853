import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf } from './errors.ts'
import type { InputEvent } from './input-parser.ts'
import { briefMark, type Message, parseMessage } from './message.ts'
import type { Step } from './plan.ts'
import {
  type Answer,
  type Box,
  type BoxQuirks,
  createBox,
  type Effect,
  handleInput,
  openBox,
} from './prompt-box.ts'
import type { SessionFile } from './session-file.ts'
import type { Terminal } from './terminal.ts'
import type { Transcript } from './transcript.ts'
import type { Work } from './work.ts'

export interface AgentOptions {
  readonly transcript: Transcript
  readonly session: SessionFile
  readonly startupMs: number
  readonly thinkMs: number
  readonly pollMs: number
  /** Takes input, but records and answers nothing. */
  readonly mute: boolean
  readonly quirks: BoxQuirks
  /** What it asks permission for the moment the first paste begins; `undefined`: nothing. */
  readonly dialogOnPaste: string | undefined
  /** What stands at the top of the screen. */
  readonly banner: string
  /** Texts that are in the conversation and were not acted upon yet. */
  readonly pending: readonly Submitted[]
  /** A brief is in the conversation. */
  readonly briefed: boolean
  /** Lines of users in the conversation. */
  readonly userCount: number
  /** The agent's work; `undefined` when it belongs to no team. */
  readonly openWork: (say: (text: string) => void) => Promise<Work | undefined>
  readonly exit: (code: number) => void
  readonly crash: () => void
  readonly signal: AbortSignal
}

export interface Submitted {
  readonly text: string
  /** Which user line of the conversation it is, from 0. */
  readonly index: number
}

type Directive = Extract<Message, { kind: 'directive' }>

const directives: ReadonlySet<string> = new Set(['permission', 'slow', 'say', 'exit', 'crash'])

/** The life of one agent between its terminal, its conversation and its work. */
export class Agent {
  readonly #options: AgentOptions
  readonly #queue: Submitted[]
  #box: Box
  #dialogOnPaste: string | undefined
  #terminal: Terminal | undefined
  #userCount: number
  #briefed: boolean
  #pumping = false
  #halted = false
  /** True while it only looks whether something happened: nobody has to see that. */
  #background = false
  #work: Promise<Work | undefined> | undefined
  #waiting = ''
  #fallback: NodeJS.Timeout | undefined
  #answered: ((answer: Answer) => void) | undefined
  #interrupted: (() => void) | undefined

  constructor(options: AgentOptions) {
    this.#options = options
    this.#box = createBox(options.quirks)
    this.#dialogOnPaste = options.dialogOnPaste
    this.#queue = [...options.pending]
    this.#userCount = options.userCount
    this.#briefed = options.briefed
  }

  /** Comes up on a terminal; what is pending is begun once the prompt stands. */
  start(terminal: Terminal): void {
    this.#terminal = terminal
    const { startupMs } = this.#options
    if (startupMs === 0) {
      this.#open()
      return
    }
    setTimeout(() => this.#change({ mode: 'starting-late' }), startupMs / 2)
    setTimeout(() => this.#open(), startupMs)
  }

  input(event: InputEvent): void {
    if (event.kind === 'paste') this.#surprise()
    const outcome = handleInput(this.#box, event, performance.now())
    this.#box = outcome.box
    for (const effect of outcome.effects) this.#act(effect)
    this.#show()
  }

  /** A dialog that comes between the look of who types and the first byte. */
  #surprise(): void {
    const subject = this.#dialogOnPaste
    if (subject === undefined || this.#box.mode !== 'ready') return
    this.#dialogOnPaste = undefined
    void this.#askPermission(subject).then(() => this.#setIdle())
  }

  #open(): void {
    const outcome = openBox(this.#box)
    this.#box = outcome.box
    if (this.#queue.length > 0 || this.#briefed) this.#setBusy()
    else this.#options.session.set('idle')
    this.#terminal?.say('✻', this.#options.banner)
    this.#terminal?.open(this.#box)
    for (const effect of outcome.effects) this.#act(effect)
    this.#pump()
  }

  #show(): void {
    this.#terminal?.show(this.#box)
  }

  #change(change: Partial<Box>): void {
    this.#box = { ...this.#box, ...change }
    this.#show()
  }

  #say(text: string): void {
    this.#options.transcript.assistant(text)
    this.#terminal?.say('●', text)
    this.#show()
  }

  #act(effect: Effect): void {
    switch (effect.kind) {
      case 'submit':
        this.#submit(effect.text)
        break
      case 'answer':
        this.#answered?.(effect.answer)
        break
      case 'interrupt':
        this.#halted = true
        this.#interrupted?.()
        break
      case 'exit':
        this.#options.exit(0)
    }
  }

  #submit(text: string): void {
    if (this.#options.mute) return
    const message = parseMessage(text)
    if (message.kind === 'shell') this.#say('Shell commands are not simulated: nothing was run.')
    else if (message.kind !== 'directive' || directives.has(message.name)) this.#accept(text)
    else this.#say(`Unknown command: /${message.name}`)
  }

  #accept(text: string): void {
    this.#options.transcript.user(text, this.#box.busy ? 'queue' : 'prompt')
    this.#queue.push({ text, index: this.#userCount++ })
    if (this.#box.busy) this.#change({ queued: this.#queue.length })
    this.#pump()
  }

  #setBusy(): void {
    this.#options.session.set('busy')
    if (!this.#box.busy) this.#change({ busy: true })
  }

  #setIdle(): void {
    this.#options.session.set('idle')
    if (this.#box.busy) this.#change({ busy: false, queued: 0 })
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    clearTimeout(this.#fallback)
    this.#run().catch((error: unknown) => {
      if (this.#options.signal.aborted) return
      this.#say(`Stopped: ${reasonOf(error)}`)
      this.#options.exit(1)
    })
  }

  /** Messages first, then the work, one step at a time, until nothing is left to do now. */
  async #run(): Promise<void> {
    for (;;) {
      const submitted = this.#queue.shift()
      if (submitted !== undefined) {
        this.#background = false
        this.#setBusy()
        this.#change({ queued: this.#queue.length })
        await this.#receive(submitted)
        continue
      }
      const step = this.#briefed && !this.#halted ? (await this.#openWork())?.next() : undefined
      if (this.#queue.length > 0) continue
      if (step === undefined || step.kind === 'rest' || step.kind === 'wait') {
        this.#settle(step)
        return
      }
      await this.#perform(step)
    }
  }

  async #perform(step: Step): Promise<void> {
    if (!this.#background || step.kind !== 'look') {
      this.#background = false
      this.#setBusy()
      await sleep(this.#options.thinkMs, undefined, { signal: this.#options.signal })
    }
    await (await this.#openWork())?.perform(step)
  }

  /** Nothing to do now: idle, and for those who wait for others a look at them after a while. */
  #settle(step: Step | undefined): void {
    this.#pumping = false
    this.#background = true
    this.#setIdle()
    const why = step?.kind === 'wait' ? step.why : ''
    if (why !== '' && why !== this.#waiting) this.#say(`Waiting for ${why}`)
    this.#waiting = why
    this.#armFallback(step)
  }

  #armFallback(step: Step | undefined): void {
    if (step === undefined) return
    this.#work?.then((work) => {
      if (work === undefined || this.#pumping || (step.kind !== 'wait' && !work.isUnheard)) return
      clearTimeout(this.#fallback)
      this.#fallback = setTimeout(() => {
        if (work.isUnheard) work.wake()
        else work.look()
        this.#pump()
      }, this.#options.pollMs).unref()
    })
  }

  #openWork(): Promise<Work | undefined> {
    this.#work ??= this.#options.openWork((text) => this.#say(text))
    return this.#work
  }

  async #receive({ text, index }: Submitted): Promise<void> {
    const message = parseMessage(text)
    this.#halted = false
    this.#terminal?.say('❯', text)
    this.#show()
    if (message.kind === 'directive') {
      this.#options.transcript.action('handled', String(index))
      return this.#direct(message)
    }
    if (text.includes(briefMark)) this.#briefed = true
    const work = this.#briefed ? await this.#openWork() : undefined
    if (work === undefined)
      this.#say(
        this.#briefed ? 'I belong to no team: TMO_AGENT is not set.' : `Received ${text.length} characters.`,
      )
    if (message.kind === 'question') await work?.answer(message.from)
    work?.wake()
    this.#options.transcript.action('handled', String(index))
  }

  async #direct(message: Directive): Promise<void> {
    switch (message.name) {
      case 'permission':
        await this.#askPermission(message.argument)
        break
      case 'slow':
        await this.#slow(Number(message.argument) || 0)
        break
      case 'say':
        this.#say(message.argument)
        break
      case 'exit':
        this.#options.exit(Number.parseInt(message.argument, 10) || 0)
        break
      case 'crash':
        this.#options.crash()
    }
  }

  async #askPermission(subject: string): Promise<void> {
    const answer = new Promise<Answer>((resolve) => {
      this.#answered = resolve
    })
    this.#options.session.set('waiting', 'permission prompt')
    this.#change({ dialog: { title: 'Bash command', subject } })
    const given = await answer
    this.#answered = undefined
    this.#options.session.set('busy')
    this.#options.transcript.action('permission', `${given}: ${subject}`)
    this.#say(given === 'approved' ? `Allowed: ${subject}` : `Not allowed: ${subject}`)
  }

  async #slow(seconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(seconds, 86_400) * 1_000)
      this.#interrupted = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#interrupted = undefined
    this.#say(this.#halted ? 'Interrupted.' : `Worked for ${seconds} s.`)
  }
}
