import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ConformanceReport, FindingKind, ScenarioReport } from './conformance/report.ts'
import { runScenario } from './conformance/run-scenario.ts'
import { type Scenario, scenarios } from './conformance/scenarios.ts'
import type { ConformanceSubject } from './conformance/subject.ts'
import { SimError } from './errors.ts'
import { simProgram } from './index.ts'
import type { Prompt } from './prompt-rules.ts'

export {
  type Claim,
  type ConformanceReport,
  type Finding,
  type FindingKind,
  formatReport,
  type ScenarioReport,
} from './conformance/report.ts'
export { type Moment, type Scenario, scenarios } from './conformance/scenarios.ts'
export type {
  AgentLaunch,
  ClaimedDelivery,
  ClaimedState,
  ConformanceSubject,
  TokenMessage,
} from './conformance/subject.ts'

/** Which scenarios run, and how. */
export interface ConformanceOptions {
  /** Names of scenarios. @defaultValue all */
  readonly scenarios?: readonly string[]
  /** Whose prompt boxes; every scenario runs with each. @defaultValue the agent's own, `sim` */
  readonly prompts?: readonly Prompt[]
  /** How long a message that is refused is tried again. @defaultValue 15_000 */
  readonly patienceMs?: number
  /** The simulated agent's program. @defaultValue the one that comes with this package */
  readonly program?: string
  readonly signal?: AbortSignal
}

const defaults = { patienceMs: 15_000, prompts: ['sim'] } as const

/**
 * Runs an orchestrator's own delivery and state reading against simulated agents, and tells what was true of what it
 * claimed. Each scenario has an agent and a folder of its own; nothing is left behind that the subject stops.
 *
 * @throws SimError `BAD_ARGUMENT` for a scenario that is not there
 */
export async function runConformance<Agent>(
  subject: ConformanceSubject<Agent>,
  options: ConformanceOptions = {},
): Promise<ConformanceReport> {
  const chosen = chooseScenarios(options.scenarios)
  const {
    patienceMs = defaults.patienceMs,
    prompts = defaults.prompts,
    program = simProgram(),
    signal,
  } = options
  const startedAt = new Date().toISOString()
  const reports: ScenarioReport[] = []
  const root = await mkdtemp(join(tmpdir(), 'tmo-conformance-'))
  try {
    for (const prompt of prompts) {
      for (const scenario of chosen) {
        signal?.throwIfAborted()
        const folder = join(root, String(reports.length))
        await mkdir(folder)
        const place = { prompt, folder, program, patienceMs, ...(signal && { signal }) }
        reports.push(await runScenario(subject, scenario, place))
      }
    }
  } finally {
    await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
  return {
    schemaVersion: 1,
    subject: subject.name,
    startedAt,
    endedAt: new Date().toISOString(),
    passed: reports.every(({ passed }) => passed),
    scenarios: reports,
    findings: countFindings(reports),
  }
}

function chooseScenarios(names: readonly string[] | undefined): readonly Scenario[] {
  if (names === undefined) return scenarios
  return names.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name)
    if (found !== undefined) return found
    throw new SimError('BAD_ARGUMENT', `there is no scenario "${name}"`, {
      hint: `one of ${scenarios.map((scenario) => scenario.name).join(', ')}`,
    })
  })
}

function countFindings(reports: readonly ScenarioReport[]): ConformanceReport['findings'] {
  const counts: Partial<Record<FindingKind, number>> = {}
  for (const { kind } of reports.flatMap(({ findings }) => findings)) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
