import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chance } from './chance.ts'
import { Dialogs } from './dialogs.ts'
import { reasonOf } from './errors.ts'
import { runHappenings } from './happenings.ts'
import type { InputEvent } from './input-parser.ts'
import { limitBanner } from './limit.ts'
import { looks } from './looks.ts'
import { briefMark, type Directive, isDirective, parseMessage } from './message.ts'
import type { CrashPoint, Persona } from './persona.ts'
import type { Step } from './plan.ts'
import { type Box, createBox, type Effect, handleInput, openBox } from './prompt-box.ts'
import { promptRules } from './prompt-rules.ts'
import type { SessionFile } from './session-file.ts'
import type { Terminal } from './terminal.ts'
import type { Transcript } from './transcript.ts'
import { Turns } from './turns.ts'
import type { Work } from './work.ts'

export interface AgentOptions {
  readonly transcript: Transcript
  readonly session: SessionFile
  readonly persona: Persona
  readonly chance: Chance
  readonly pollMs: number
  /** Takes input, but records and answers nothing. */
  readonly mute: boolean
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
  readonly env: NodeJS.ProcessEnv
  readonly exit: (code: number) => void
  readonly crash: () => void
  /** Blocks the whole process, so that it neither reads nor draws. */
  readonly hang: (ms: number) => void
  readonly signal: AbortSignal
}

export interface Submitted {
  readonly text: string
  /** Which user line of the conversation it is, from 0. */
  readonly index: number
}

/** The life of one agent between its terminal, its conversation and its work. */
export class Agent {
  readonly #options: AgentOptions
  readonly #queue: Submitted[]
  readonly #turns: Turns
  readonly #dialogs: Dialogs
  #box: Box
  #dialogOnPaste: string
  #terminal: Terminal | undefined
  #userCount: number
  #briefed: boolean
  #pumping = false
  #halted = false
  #busy = false
  /** Entered while it works; told when the turn is over, where the program's rules say so. */
  #held: string[] = []
  /** What was entered last, for a summary. */
  #newest: string[] = []
  /** True while it only looks whether something happened: nobody has to see that. */
  #background = false
  #work: Promise<Work | undefined> | undefined
  #waiting = ''
  #fallback: NodeJS.Timeout | undefined

  constructor(options: AgentOptions) {
    const { persona } = options
    this.#options = options
    this.#box = createBox({ ...persona, rules: promptRules[persona.prompt] })
    this.#dialogOnPaste = persona.dialogOnPaste
    this.#turns = new Turns({
      ...options,
      say: (text) => this.#say(text),
      print: (lines) => {
        this.#terminal?.print(lines)
        this.#show()
      },
      tell: () => this.#tell(),
    })
    this.#dialogs = new Dialogs({
      note: options.transcript.note,
      show: (dialog) => {
        this.#change({ dialog })
        this.#tell()
      },
      done: (subject, given) => {
        options.transcript.action('permission', `${given}: ${subject}`)
        this.#say(given === 'approved' ? `Allowed: ${subject}` : `Not allowed: ${subject}`)
      },
    })
    this.#queue = [...options.pending]
    this.#userCount = options.userCount
    this.#briefed = options.briefed
  }

  /** Comes up on a terminal; what is pending is begun once the prompt stands. */
  start(terminal: Terminal): void {
    this.#terminal = terminal
    const { startupMs } = this.#options.persona
    if (startupMs === 0) {
      this.#open()
      return
    }
    setTimeout(() => this.#change({ mode: 'starting-late' }), startupMs / 2)
    setTimeout(() => this.#open(), startupMs)
  }

  input(event: InputEvent): void {
    if (event.kind === 'paste') {
      this.#maybeCrash('paste')
      this.#surprise()
    }
    const { box, effects, enter } = handleInput(this.#box, event, performance.now())
    if (enter === 'submitted') this.#maybeCrash('enter')
    this.#box = box
    if (enter !== undefined) this.#options.transcript.note({ type: 'enter', outcome: enter })
    for (const effect of effects) this.#act(effect)
    this.#show()
  }

  /** A dialog that comes between the look of who types and the first byte. */
  #surprise(): void {
    const subject = this.#dialogOnPaste
    if (subject === '' || this.#box.mode !== 'ready') return
    this.#dialogOnPaste = ''
    void this.#dialogs.ask(subject, this.#options.persona.dialogForMs)
  }

  #maybeCrash(point: CrashPoint): void {
    const { persona, chance, transcript, crash } = this.#options
    if (persona.crashAt !== point || !chance.oneIn(persona.crashEvery, 'crash', this.#userCount)) return
    transcript.note({ type: 'fault', fault: 'crash', detail: point })
    crash()
  }

  #open(): void {
    const outcome = openBox(this.#box)
    this.#box = outcome.box
    this.#busy = this.#queue.length > 0 || this.#briefed
    this.#box = { ...this.#box, busy: this.#busy }
    this.#tell()
    this.#terminal?.say('✻', this.#options.banner)
    this.#terminal?.open(this.#box)
    for (const effect of outcome.effects) this.#act(effect)
    this.#pump()
    this.#openDoors()
  }

  /** From now on things come upon it that nobody asked for. */
  #openDoors(): void {
    const { persona, chance, transcript, signal, env, exit } = this.#options
    const press = (event: InputEvent): void => this.input(event)
    const keyboard = { box: () => this.#box, press, note: transcript.note }
    const ask = (subject: string, forMs: number): Promise<void> => this.#dialogs.ask(subject, forMs)
    runHappenings({ persona, chance, keyboard, ask, env, signal }).catch((error: unknown) => {
      if (signal.aborted) return
      this.#say(`Stopped: ${reasonOf(error)}`)
      exit(1)
    })
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
    this.#terminal?.say(looks[this.#box.rules.prompt].marks.agent, text)
    this.#show()
  }

  #act(effect: Effect): void {
    switch (effect.kind) {
      case 'submit':
        this.#submit(effect.text)
        break
      case 'answer':
        this.#dialogs.answer(effect.answer)
        break
      case 'interrupt':
        this.#halted = true
        this.#turns.interrupt()
        break
      case 'exit':
        this.#options.exit(0)
    }
  }

  #submit(text: string): void {
    if (this.#options.mute) return
    const message = parseMessage(text)
    const isKnown = message.kind !== 'directive' || isDirective(message.name)
    if (message.kind !== 'shell' && isKnown) {
      this.#accept(text)
      return
    }
    this.#options.transcript.note({ type: 'entered', did: 'swallowed', text })
    if (message.kind === 'shell') this.#say('Shell commands are not simulated: nothing was run.')
    else if (message.kind === 'directive') this.#say(`Unknown command: /${message.name}`)
  }

  #accept(text: string): void {
    if (this.#box.busy && this.#box.rules.whileBusy === 'held') {
      this.#options.transcript.note({ type: 'entered', did: 'held', text })
      this.#held.push(text)
      this.#change({ queued: this.#queue.length + this.#held.length })
      return
    }
    this.#record(text)
    if (this.#box.busy) this.#change({ queued: this.#queue.length })
    this.#pump()
  }

  #record(text: string): void {
    this.#options.transcript.user(text, this.#box.busy ? 'queue' : 'prompt')
    this.#newest = [...this.#newest.slice(-4), text]
    this.#queue.push({ text, index: this.#userCount++ })
    this.#maybeCrash('recorded')
  }

  /** What was held back while it worked becomes one message. */
  #releaseHeld(): void {
    const text = this.#held.join('\n\n')
    this.#held = []
    this.#record(text)
  }

  /** Tells the world what it does: a dialog stands above all else, a limit above work. */
  #tell(): void {
    const { session } = this.#options
    const title = looks[this.#box.rules.prompt].title
    const state = this.#box.dialog ? 'asking' : this.#busy ? 'working' : 'idle'
    if (title) this.#terminal?.title(title(state, basename(process.cwd())))
    if (this.#box.dialog !== undefined) session.set('waiting', { waitingFor: 'permission prompt' })
    else if (this.#turns.limits.current !== undefined) session.set('limited', this.#turns.limits.current)
    else session.set(this.#busy ? 'busy' : 'idle')
  }

  #setBusy(): void {
    this.#busy = true
    this.#tell()
    if (!this.#box.busy) this.#change({ busy: true })
  }

  #setIdle(): void {
    this.#busy = false
    const { turnEnd } = looks[this.#box.rules.prompt]
    if (turnEnd !== undefined && this.#box.busy) this.#terminal?.say(turnEnd, '')
    this.#tell()
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
      await this.#dialogs.closed
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
        if (this.#held.length === 0) return this.#settle(step)
        this.#releaseHeld()
        continue
      }
      await this.#perform(step)
    }
  }

  async #perform(step: Step): Promise<void> {
    if (!this.#background || step.kind !== 'look') {
      this.#background = false
      this.#setBusy()
      await sleep(this.#options.persona.thinkMs, undefined, { signal: this.#options.signal })
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
    this.#terminal?.say(looks[this.#box.rules.prompt].marks.user, text)
    this.#show()
    if (message.kind === 'directive') {
      this.#options.transcript.action('handled', String(index))
      return this.#direct(message)
    }
    if (await this.#turns.isLimited(index)) return this.#options.transcript.action('handled', String(index))
    await this.#turns.begin(index)
    if (text.includes(briefMark)) this.#briefed = true
    const work = this.#briefed ? await this.#openWork() : undefined
    if (work === undefined) await this.#answer(text)
    if (message.kind === 'question') await work?.answer(message.from)
    work?.wake()
    this.#options.transcript.action('handled', String(index))
    if (this.#turns.isFull(index)) await this.#turns.compact(this.#newest, this.#userCount++)
  }

  async #answer(text: string): Promise<void> {
    const received = `Received ${text.length} characters.`
    this.#say(this.#briefed ? 'I belong to no team: TMO_AGENT is not set.' : received)
    await this.#turns.talk()
  }

  async #direct(message: Directive): Promise<void> {
    const seconds = Number(message.argument) || 0
    switch (message.name) {
      case 'permission':
        await this.#dialogs.ask(message.argument)
        break
      case 'slow':
        await this.#slow(seconds)
        break
      case 'say':
        this.#say(message.argument)
        break
      case 'limit':
        this.#say(limitBanner(this.#turns.limits.begin(Date.now() + seconds * 1_000, false).resetAt))
        break
      case 'compact':
        await this.#turns.compact(this.#newest, this.#userCount++)
        break
      case 'exit':
        this.#options.exit(Number.parseInt(message.argument, 10) || 0)
        break
      case 'crash':
        this.#options.crash()
    }
  }

  async #slow(seconds: number): Promise<void> {
    await this.#turns.work(Math.min(seconds, 86_400) * 1_000)
    this.#say(this.#halted ? 'Interrupted.' : `Worked for ${seconds} s.`)
  }
}
