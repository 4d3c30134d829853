import { setTimeout as sleep } from 'node:timers/promises'
import { checkTasks } from './checks.ts'
import { isSimError, reasonOf } from './errors.ts'
import type { ConversationLine, ReportKind } from './formats.ts'
import type { Git } from './git.ts'
import { question } from './message.ts'
import { nextStep, ownTasks, type Situation, type Step } from './plan.ts'
import { writeTask } from './task-files.ts'
import { kindOf, type Task } from './team-view.ts'
import type { Transcript } from './transcript.ts'
import { isNo, type Verbs } from './verbs.ts'

export interface WorkOptions {
  readonly name: string
  readonly role: string
  readonly orchestration: string
  readonly root: string
  readonly seed: number
  readonly env: NodeJS.ProcessEnv
  readonly git: Git
  readonly verbs: Verbs
  readonly transcript: Transcript
  readonly say: (text: string) => void
  readonly signal: AbortSignal
  /** Pauses before git is tried again. @defaultValue 0.2 s doubling to 3.2 s */
  readonly gitPausesMs?: readonly number[]
}

const defaultGitPausesMs: readonly number[] = [200, 400, 800, 1_600, 3_200]

/** The work of one agent: decides by {@link nextStep}, does it, and remembers the outcome. */
export class Work {
  readonly #options: WorkOptions
  #now: Situation
  #looked = false
  #unheard = false
  /** Reports that were answered with no since the last wake-up. */
  #turnedDown = 0
  /** Why tasks were done in part only, by id. */
  readonly #faults: Map<string, string>

  constructor(options: WorkOptions) {
    this.#options = options
    this.#now = situationAfter(options)
    this.#faults = new Map(actionsOf(options.transcript.past, 'refused').map(splitDetail))
  }

  next(): Step {
    return nextStep(this.#now)
  }

  /** Something happened: look at everything again, and try again what was given up. */
  wake(): void {
    const reported = this.#unheard ? undefined : this.#now.reported
    this.#unheard = false
    this.#turnedDown = 0
    this.#now = { ...this.#stale(), tasks: undefined, refused: new Map(), stuck: undefined, reported }
  }

  /** Time has passed: look at the team again. */
  look(): void {
    this.#now = this.#stale()
  }

  #stale(): Situation {
    return { ...this.#now, tasksFresh: false, team: undefined, checked: undefined }
  }

  /** Does one step. A failure becomes part of the situation, so that the next step reports it. */
  async perform(step: Step): Promise<void> {
    try {
      await this.#do(step)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      const reason = reasonOf(error)
      this.#options.say(`Failed: ${reason}`)
      if (step.kind === 'report') this.#reportFailed(step.report, reason, isNo(error))
      else if (step.kind === 'make') this.#refuse(step.task, reason)
      else this.#now = { ...this.#now, stuck: reason }
    }
  }

  /** True when nobody could be told that the work is stuck: only time can help. */
  get isUnheard(): boolean {
    return this.#unheard
  }

  /** A report that was not taken is a reason to look again, once; one that nobody heard is tried again later. */
  #reportFailed(report: ReportKind, reason: string, isAnswer: boolean): void {
    if (isAnswer && report !== 'blocked') {
      this.#turnedDown += 1
      if (this.#turnedDown === 1) this.#now = { ...this.#stale(), tasks: undefined }
      else this.#now = { ...this.#now, stuck: reason }
      return
    }
    this.#unheard = !isAnswer
    this.#now = { ...this.#now, stuck: reason, reported: { kind: 'blocked', of: `stuck:${reason}` } }
  }

  #refuse(task: Task, why: string): void {
    this.#now = { ...this.#now, refused: new Map(this.#now.refused).set(task.id, why) }
  }

  /** Answers the project manager with what is known, looking at the tasks when they were never seen. */
  async answer(name: string): Promise<void> {
    const { verbs, transcript, say, signal } = this.#options
    try {
      const tasks = this.#now.tasks ?? (await verbs.tasks())
      const own = ownTasks(this.#now, tasks)
      const text = `${own.filter((task) => task.state === 'done').length} of ${own.length} tasks done`
      await verbs.send(name, text)
      transcript.action('answered', name)
      say(`Told ${name}: ${text}`)
    } catch (error) {
      signal.throwIfAborted()
      say(`Could not answer ${name}: ${reasonOf(error)}`)
    }
  }

  async #do(step: Step): Promise<void> {
    const { verbs } = this.#options
    switch (step.kind) {
      case 'look':
        if (step.at === 'team') this.#now = { ...this.#now, team: await verbs.team() }
        else await this.#lookAtTasks()
        return
      case 'take':
        await verbs.take(step.task.id)
        this.#settle(step.task, 'taken')
        this.#options.transcript.action('take', step.task.id)
        this.#options.say(`Working on ${step.task.id}: ${step.task.title}`)
        return
      case 'make':
        return this.#make(step.task)
      case 'finish':
        return this.#finish(step.task, step.commit)
      case 'ask':
        return this.#ask(step.name)
      case 'check':
        return this.#check(step.tasks)
      case 'report':
        await verbs.report(step.report, step.note)
        this.#unheard = false
        this.#options.transcript.checkpoint({ reported: { kind: step.report, of: step.of } })
        this.#now = { ...this.#now, reported: { kind: step.report, of: step.of } }
        this.#options.say(`Reported ${step.report}: ${step.note}`)
        return
      case 'wait':
      case 'rest':
        return
    }
  }

  async #lookAtTasks(): Promise<void> {
    const tasks = await this.#options.verbs.tasks()
    if (!this.#looked && ownTasks(this.#now, tasks).length > 0) await this.#findCommits()
    this.#looked = true
    this.#now = { ...this.#now, tasks, tasksFresh: true }
  }

  async #findCommits(): Promise<void> {
    const prefix = `${this.#options.orchestration}/`
    const found = [...(await this.#options.git.taskCommits())]
    const own = found
      .filter(([task]) => task.startsWith(prefix))
      .map(([task, id]) => [task.slice(prefix.length), id] as const)
    this.#now = { ...this.#now, committed: new Map(own) }
  }

  #settle(task: Task, state: Task['state']): void {
    const tasks = this.#now.tasks?.map((other) => (other.id === task.id ? { ...other, state } : other))
    this.#now = { ...this.#now, tasks, tasksFresh: false }
  }

  async #make(task: Task): Promise<void> {
    if (this.#now.committed.has(partOf(task))) {
      this.#refuse(task, this.#faults.get(task.id) ?? 'not all of its files can be written')
      return
    }
    const { root, seed, git, gitPausesMs = defaultGitPausesMs, signal } = this.#options
    for (const pauseMs of [...gitPausesMs, undefined]) {
      try {
        const written = await writeTask(task, { root, seed, git })
        return await this.#commit(task, written.files, written.refused)
      } catch (error) {
        if (pauseMs === undefined || !isSimError(error) || error.code !== 'GIT_FAILED') throw error
        await sleep(pauseMs, undefined, { signal })
        await this.#findCommits()
        if (this.#now.committed.has(task.id)) return
      }
    }
  }

  async #commit(task: Task, files: readonly string[], refused: readonly string[]): Promise<void> {
    const ignored = files.length === 0 ? [] : await this.#options.git.stage(files)
    const faults = [
      ...refused,
      ...ignored.map((file) => `${JSON.stringify(file)} is ignored by the repository`),
    ]
    const kept = files.filter((file) => !ignored.includes(file))
    if (kept.length > 0) await this.#commitFiles(task, kept, faults.length > 0)
    if (faults.length === 0) return
    const why = faults.join(', ')
    this.#faults.set(task.id, why)
    this.#options.transcript.action('refused', `${task.id} ${why}`)
    this.#refuse(task, why)
  }

  async #commitFiles(task: Task, files: readonly string[], inPart: boolean): Promise<void> {
    const { git, orchestration, transcript, say } = this.#options
    const title = task.title.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, 200)
    const key = inPart ? partOf(task) : task.id
    const commit = await git.commit({
      subject: `${task.id}: ${title}`,
      trailer: `${orchestration}/${key}`,
      files,
    })
    transcript.action('commit', `${task.id} ${commit}`)
    say(`Committed ${files.join(', ')} as ${commit.slice(0, 12)}`)
    this.#now = { ...this.#now, committed: new Map(this.#now.committed).set(key, commit) }
  }

  async #finish(task: Task, commit: string): Promise<void> {
    await this.#options.verbs.done(task.id, `commit ${commit}`)
    this.#options.transcript.action('done', task.id)
    this.#settle(task, 'done')
  }

  /** Recorded before it is sent: a question is never asked twice. */
  async #ask(name: string): Promise<void> {
    this.#options.transcript.action('ask', name)
    this.#now = { ...this.#now, asked: new Set(this.#now.asked).add(name) }
    try {
      await this.#options.verbs.send(name, question)
      this.#options.say(`Asked ${name} for a report`)
    } catch (error) {
      this.#options.signal.throwIfAborted()
      this.#options.say(`Could not ask ${name}: ${reasonOf(error)}`)
    }
  }

  async #check(tasks: readonly Task[]): Promise<void> {
    const reportedOf = this.#now.reported?.of
    const checked = await checkTasks(tasks, this.#now.team ?? [], { ...this.#options, reportedOf })
    this.#now = { ...this.#now, checked }
    if (checked.of !== reportedOf)
      this.#options.transcript.action('check', checked.failures.join('; ') || checked.summary)
  }
}

/** Key of a commit that holds only some of a task's files. */
function partOf(task: Task): string {
  return `${task.id} (in part)`
}

function actionsOf(past: readonly ConversationLine[], name: string): readonly string[] {
  return past.flatMap((line) => (line.type === 'action' && line.name === name ? [line.detail] : []))
}

function splitDetail(detail: string): readonly [string, string] {
  const [id = '', ...rest] = detail.split(' ')
  return [id, rest.join(' ')]
}

/** Where the work stands by the transcript: what was asked and reported before. */
function situationAfter(options: WorkOptions): Situation {
  const { past } = options.transcript
  const checkpoints = past.flatMap((line) => (line.type === 'checkpoint' ? [line.state] : []))
  return {
    me: options.name,
    kind: kindOf(options.role),
    tasks: undefined,
    tasksFresh: false,
    team: undefined,
    committed: new Map(),
    refused: new Map(),
    asked: new Set(actionsOf(past, 'ask')),
    reported: checkpoints.at(-1)?.reported,
    checked: undefined,
    stuck: undefined,
  }
}
