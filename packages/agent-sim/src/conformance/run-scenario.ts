import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { reasonOf, SimError } from '../errors.ts'
import { parseRecord, type RecordLine } from '../formats.ts'
import { personaArguments } from '../persona.ts'
import type { Prompt } from '../prompt-rules.ts'
import { type Answer, judgeScenario } from './judge-scenario.ts'
import type { StateSample } from './judge-states.ts'
import type { Claim, Finding, ScenarioReport } from './report.ts'
import type { Moment, Scenario } from './scenarios.ts'
import type { ConformanceSubject, TokenMessage } from './subject.ts'

export interface RunScenarioOptions {
  readonly prompt: Prompt
  /** A folder of its own. */
  readonly folder: string
  readonly program: string
  readonly patienceMs: number
  readonly signal?: AbortSignal
}

const refusedPauseMs = 100
const sampleEveryMs = 50
const pollMs = 20
/** Time for what is still on its way when the last message is settled. */
const settleMs = 1_000
const momentMs = 30_000
const goneMs = 6_000

/** Runs one scenario on an agent of its own, and judges what was claimed by what the agent recorded. */
export async function runScenario<Agent>(
  subject: ConformanceSubject<Agent>,
  scenario: Scenario,
  options: RunScenarioOptions,
): Promise<ScenarioReport> {
  const { prompt, folder, program } = options
  const sessionId = randomUUID()
  const argv = [process.execPath, program, '--session-id', sessionId]
  const persona = personaArguments({ thinkMs: 0, ...scenario.persona, prompt })
  const home = join(folder, 'sim')
  const agent = await subject.start({
    argv: [...argv, ...persona],
    env: { TMO_SIM_HOME: home },
    cwd: folder,
    home,
    sessionId,
    prompt,
  })
  const truth = join(home, 'records', `${sessionId}.jsonl`)
  const messages = scenario.texts.map((text) => newMessage(text))
  const stop = new AbortController()
  const sampling = sampleStates(subject, agent, stop.signal)
  const claims: Claim[] = []
  const answers: Answer[] = []
  const failures: Finding[] = []
  try {
    await untilMoment(scenario.when, truth, options.signal)
    const isLasting = scenario.end === 'delivered'
    for (const message of messages) {
      await settle({ subject, agent, message, claims, answers, isLasting }, options)
    }
    await sleep(settleMs)
  } catch (error) {
    options.signal?.throwIfAborted()
    failures.push({ kind: 'subject-failed', detail: reasonOf(error) })
  } finally {
    stop.abort()
    failures.push(...(await sampling).failures)
    await subject.stop(agent)
  }
  const { samples } = await sampling
  const evidence = { scenario, messages, claims, answers, samples, record: readRecord(truth) }
  const findings = [...failures, ...judgeScenario(evidence)]
  const unknown = samples.filter(({ claimed }) => claimed === 'unknown').length
  return {
    scenario: scenario.name,
    prompt,
    passed: findings.length === 0,
    findings,
    claims,
    states: { read: samples.length, unknown },
  }
}

function newMessage(text: string): TokenMessage {
  return { token: `tmo-m-${randomUUID().slice(0, 8)}`, text }
}

interface Delivering<Agent> {
  readonly subject: ConformanceSubject<Agent>
  readonly agent: Agent
  readonly message: TokenMessage
  readonly claims: Claim[]
  readonly answers: Answer[]
  readonly isLasting: boolean
}

/** Delivers until it is submitted, or there, or patience ends. After `unknown` it asks before it delivers again. */
async function settle<Agent>(delivering: Delivering<Agent>, options: RunScenarioOptions): Promise<void> {
  const { subject, agent, message, claims, answers, isLasting } = delivering
  const { token } = message
  // An agent that may be gone for good is not waited for as long.
  const end = performance.now() + (isLasting ? options.patienceMs : Math.min(options.patienceMs, goneMs))
  do {
    options.signal?.throwIfAborted()
    const startedAt = Date.now()
    const claim = await subject.deliver(agent, message)
    claims.push({ ...claim, token, startedAt, endedAt: Date.now() })
    if (claim.status === 'submitted') return
    if (claim.status === 'unknown') {
      if (subject.ask === undefined) return
      const askedAt = Date.now()
      const presence = await subject.ask(agent, token)
      answers.push({ token, presence, askedAt, answeredAt: Date.now() })
      if (presence === 'present') return
    }
    await sleep(refusedPauseMs)
  } while (performance.now() < end)
}

async function sampleStates<Agent>(
  subject: ConformanceSubject<Agent>,
  agent: Agent,
  signal: AbortSignal,
): Promise<{ readonly samples: readonly StateSample[]; readonly failures: readonly Finding[] }> {
  const samples: StateSample[] = []
  if (subject.readState === undefined) return { samples, failures: [] }
  try {
    while (!signal.aborted) {
      const askedAt = Date.now()
      const claimed = await subject.readState(agent)
      samples.push({ claimed, askedAt, answeredAt: Date.now() })
      await sleep(sampleEveryMs)
    }
    return { samples, failures: [] }
  } catch (error) {
    return {
      samples,
      failures: [{ kind: 'subject-failed', detail: `reading its state: ${reasonOf(error)}` }],
    }
  }
}

/** Waits until the agent itself has recorded that it is so. */
async function untilMoment(moment: Moment, truth: string, signal: AbortSignal | undefined): Promise<void> {
  const end = performance.now() + momentMs
  while (!isMoment(moment, readRecord(truth))) {
    signal?.throwIfAborted()
    if (performance.now() > end) {
      throw new SimError('NO_SUCH_MOMENT', `the agent was not ${moment} within ${momentMs / 1_000} s`, {
        hint: 'Was it started with the argv and environment of its launch, in a terminal?',
      })
    }
    await sleep(pollMs)
  }
}

function isMoment(moment: Moment, record: readonly RecordLine[]): boolean {
  if (moment === 'drafting') return record.some((line) => line.type === 'human' && line.did === 'typed')
  if (moment === 'scrolling') return record.some((line) => line.type === 'scroll' && line.did === 'began')
  const last = record.findLast((line) => line.type === 'status')
  if (last?.type !== 'status') return false
  if (moment === 'started') return true
  return last.status === ({ idle: 'idle', asking: 'waiting', limited: 'limited' } as const)[moment]
}

function readRecord(file: string): readonly RecordLine[] {
  return existsSync(file) ? parseRecord(readFileSync(file, 'utf8')) : []
}
