import type { Prompt } from '../prompt-rules.ts'
import type { ClaimedDelivery } from './subject.ts'

/**
 * What was not as it was claimed, or must not be.
 *
 * - `lost` claimed as submitted, and never there
 * - `falsely-submitted` claimed as submitted before it was there
 * - `not-delivered` never there, though there was time enough
 * - `refused-yet-arrived` claimed as refused, and there
 * - `duplicated`, `merged` with another message or a human's text, `garbled`
 * - `ran-as-command` taken for a command
 * - `typed-into-dialog`, `approved` (or denied) by a key of ours
 * - `typed-while-starting`
 * - `draft-touched` a human found other text in their draft
 * - `wrongly-resolved` asked for, and told otherwise than the record
 * - `false-idle` read as idle while it was not; `false-state` any other wrong state
 * - `subject-failed` the orchestrator threw
 */
export type FindingKind =
  | 'lost'
  | 'falsely-submitted'
  | 'not-delivered'
  | 'refused-yet-arrived'
  | 'duplicated'
  | 'merged'
  | 'garbled'
  | 'ran-as-command'
  | 'typed-into-dialog'
  | 'approved'
  | 'typed-while-starting'
  | 'draft-touched'
  | 'wrongly-resolved'
  | 'false-idle'
  | 'false-state'
  | 'subject-failed'

/** One claim that the record of what really happened contradicts. */
export interface Finding {
  readonly kind: FindingKind
  readonly token?: string
  readonly detail: string
}

/** One claim, with the time it took, epoch milliseconds. */
export interface Claim extends ClaimedDelivery {
  readonly token: string
  readonly startedAt: number
  readonly endedAt: number
}

/** What one scenario found, with one prompt box. */
export interface ScenarioReport {
  readonly scenario: string
  readonly prompt: Prompt
  readonly passed: boolean
  readonly findings: readonly Finding[]
  readonly claims: readonly Claim[]
  /** How often a state was read, and how often it was `unknown`, which is never wrong. */
  readonly states: { readonly read: number; readonly unknown: number }
}

/** What a whole run of the suite found. */
export interface ConformanceReport {
  readonly schemaVersion: 1
  readonly subject: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly endedAt: string
  readonly passed: boolean
  readonly scenarios: readonly ScenarioReport[]
  /** How often each kind was found; kinds that were not are absent. */
  readonly findings: Readonly<Partial<Record<FindingKind, number>>>
}

/** A report for people: a line for each scenario, and for each finding. */
export function formatReport(report: ConformanceReport): string {
  const lines = report.scenarios.flatMap(({ scenario, prompt, passed, findings, claims }) => [
    `${passed ? 'ok  ' : 'FAIL'} ${scenario} (${prompt}): ${claims.length} deliveries`,
    ...findings.map(({ kind, token, detail }) => `       ${kind}${token ? ` ${token}` : ''}: ${detail}`),
  ])
  const failed = report.scenarios.filter(({ passed }) => !passed).length
  return [...lines, `${report.subject}: ${report.scenarios.length - failed} passed, ${failed} failed`].join(
    '\n',
  )
}
