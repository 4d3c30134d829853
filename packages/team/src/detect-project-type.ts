import { type Indicator, indicators } from './indicators.ts'
import { printable } from './printable.ts'
import { profileOfPaths } from './profile-of-paths.ts'
import type { ProjectProfile, Signal } from './project-profile.ts'
import { type ProjectType, projectTypes } from './project-type.ts'
import type { Spec } from './spec.ts'

/** One reason for a type: what was seen, where, and what it counts. */
export interface Evidence {
  readonly type: ProjectType
  readonly points: number
  /** One line, foreign names escaped. */
  readonly text: string
}

/** The type of a project and why. */
export interface Detection {
  readonly type: ProjectType
  /** 0 (nothing was found) to 1 (much was found, and all for this type). */
  readonly confidence: number
  /** Of all types: the chosen one's first, then by points. */
  readonly evidence: readonly Evidence[]
  readonly scores: Readonly<Record<ProjectType, number>>
}

/** Points at which evidence counts in full. */
const fullScore = 60

/**
 * The type that a project's names speak for most. Each indicator counts up to its own cap, so that a thousand
 * tables do not outweigh one manifest. Where the tree says nothing, the files that the spec names are looked at
 * instead; where those say nothing either, it is a `code_project` with confidence 0.
 */
export function detectProjectType(profile: ProjectProfile, spec?: Spec): Detection {
  const own = weigh(profile, '')
  if (own.confidence > 0 || spec === undefined) return own
  return weigh(profileOfPaths(spec.tasks.flatMap((task) => task.files)), 'named in the spec: ')
}

function weigh(profile: ProjectProfile, prefix: string): Detection {
  const evidence = [...profile.signals.flatMap((signal) => signalEvidence(signal, prefix))]
  evidence.push(...sourceEvidence(profile, prefix))
  const scores = { code_project: 0, system_deployment: 0, data_pipeline: 0, infrastructure_as_code: 0 }
  for (const { type, points } of evidence) scores[type] += points
  const ranked = [...projectTypes].sort((a, b) => scores[b] - scores[a])
  const [type = 'code_project', second = 'code_project'] = ranked
  const share = scores[type] === 0 ? 0 : scores[type] / (scores[type] + scores[second])
  const confidence = Math.round(Math.min(1, scores[type] / fullScore) * share * 100) / 100
  const rank = (entry: Evidence): number => (entry.type === type ? 0 : 1)
  evidence.sort((a, b) => rank(a) - rank(b) || b.points - a.points)
  return { type, confidence, evidence, scores }
}

function signalEvidence(signal: Signal, prefix: string): readonly Evidence[] {
  const indicator = indicators.find((other) => other.id === signal.id)
  const type = projectTypes.find((name) => name === indicator?.tells)
  if (!indicator || type === undefined) return []
  return [{ type, points: pointsOf(indicator, signal.count), text: prefix + formatSignal(signal) }]
}

function pointsOf(indicator: Indicator, count: number): number {
  return Math.min(indicator.cap, indicator.first + indicator.each * (count - 1))
}

/** Source and test files outside the folders of other types; logarithmic, and capped. */
function sourceEvidence(profile: ProjectProfile, prefix: string): readonly Evidence[] {
  const { applicationFiles: sources, testFiles: tests } = profile
  const found: Evidence[] = []
  const add = (points: number, text: string): void => {
    found.push({ type: 'code_project', points: Math.round(points * 10) / 10, text: prefix + text })
  }
  if (sources > 0) {
    const languages = profile.languages.slice(0, 3).map((language) => language.name)
    const noun = sources === 1 ? 'source file' : 'source files'
    add(Math.min(30, 5 + 3 * Math.log2(sources)), `${sources} ${noun} (${languages.join(', ')})`)
  }
  if (tests > 0)
    add(Math.min(15, 8 + Math.log2(tests)), `${tests} ${tests === 1 ? 'test file' : 'test files'}`)
  return found
}

/** What was seen of an indicator, in one line. */
export function formatSignal(signal: Signal): string {
  const names = signal.examples.map((path) => printable(path, 80)).join(', ')
  const rest = signal.count - signal.examples.length
  return `${signal.id}: ${names}${rest > 0 ? ` and ${rest} more` : ''}`
}
