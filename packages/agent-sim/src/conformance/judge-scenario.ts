import type { RecordLine } from '../formats.ts'
import { judgeDialogs } from './judge-dialogs.ts'
import { judgeStates, type StateSample } from './judge-states.ts'
import type { Claim, Finding } from './report.ts'
import type { Scenario } from './scenarios.ts'
import type { TokenMessage } from './subject.ts'

/** Instants of two processes are compared: the clock is one, writing takes a moment. */
export const writingMs = 50

export interface Answer {
  readonly token: string
  readonly presence: 'present' | 'absent' | 'unknown'
  readonly askedAt: number
  readonly answeredAt: number
}

export interface Evidence {
  readonly scenario: Scenario
  readonly messages: readonly TokenMessage[]
  readonly claims: readonly Claim[]
  readonly answers: readonly Answer[]
  readonly samples: readonly StateSample[]
  readonly record: readonly RecordLine[]
}

interface Arrival {
  readonly text: string
  readonly at: number
}

/** What was claimed, against the agent's own record. Pure. */
export function judgeScenario(evidence: Evidence): readonly Finding[] {
  const { messages, record, samples } = evidence
  const inputs = record.flatMap((line) =>
    line.type === 'user' && line.via !== 'summary' ? [{ text: line.text, at: line.at }] : [],
  )
  return [
    ...messages.flatMap((message) => judgeMessage(message, inputs, evidence)),
    ...judgeCommands(messages, record),
    ...judgeDialogs(record),
    ...judgeStart(record),
    ...record.flatMap((line): Finding[] =>
      line.type === 'human' && line.did === 'disturbed'
        ? [{ kind: 'draft-touched', detail: `a human found ${quote(line.text)}` }]
        : [],
    ),
    ...judgeStates(record, samples),
  ]
}

function judgeMessage(
  message: TokenMessage,
  inputs: readonly Arrival[],
  evidence: Evidence,
): readonly Finding[] {
  const { token } = message
  const arrivals = inputs.filter(({ text }) => text.includes(token))
  const [first] = arrivals
  const claims = evidence.claims.filter((claim) => claim.token === token)
  const last = claims.at(-1)
  const found: Finding[] = []
  const find = (kind: Finding['kind'], detail: string): void => void found.push({ kind, token, detail })
  for (const { status, endedAt } of claims) {
    if (status !== 'submitted') continue
    if (first === undefined) find('lost', 'claimed as submitted, and never in the record')
    else if (first.at > endedAt + writingMs) {
      find('falsely-submitted', `claimed ${first.at - endedAt} ms before it was there`)
    }
  }
  if (first === undefined && evidence.scenario.end === 'delivered') {
    find('not-delivered', `the last claim was ${last?.status ?? 'none'} ${last?.detail ?? ''}`.trim())
  }
  if (last?.status === 'refused' && first !== undefined && first.at < last.endedAt) {
    find('refused-yet-arrived', `refused (${last.detail ?? 'no reason'}), and it is in the record`)
  }
  if (arrivals.length > 1) find('duplicated', `${arrivals.length} times in the record`)
  for (const { text } of arrivals) {
    if (isMixed(text, message, evidence.messages)) find('merged', `arrived as ${quote(text)}`)
    else if (!letters(text).includes(letters(message.text))) find('garbled', `arrived as ${quote(text)}`)
  }
  for (const { presence, askedAt, answeredAt } of evidence.answers.filter(
    (answer) => answer.token === token,
  )) {
    const isEarly = presence === 'present' && (first === undefined || first.at > answeredAt + writingMs)
    const isBlind = presence === 'absent' && first !== undefined && first.at < askedAt - writingMs
    if (isEarly || isBlind) find('wrongly-resolved', `asked, and told that it is ${presence}`)
  }
  return found
}

/** Another message in it, or what the persona's human typed. */
function isMixed(text: string, message: TokenMessage, messages: readonly TokenMessage[]): boolean {
  return (
    /human-\d+ /.test(text) || messages.some(({ token }) => token !== message.token && text.includes(token))
  )
}

function judgeCommands(messages: readonly TokenMessage[], record: readonly RecordLine[]): readonly Finding[] {
  return record.flatMap((line): Finding[] => {
    if (line.type !== 'entered' || line.did !== 'swallowed') return []
    const message = messages.find(
      ({ token, text }) => line.text.includes(token) || line.text.trim() === text.trim(),
    )
    return [
      {
        kind: 'ran-as-command',
        ...(message && { token: message.token }),
        detail: `taken for a command: ${quote(line.text)}`,
      },
    ]
  })
}

function judgeStart(record: readonly RecordLine[]): readonly Finding[] {
  const ready = record.findIndex((line) => line.type === 'status' && line.status !== 'starting')
  const early = record.slice(0, ready < 0 ? record.length : ready).filter(({ type }) => type === 'received')
  return early.length === 0
    ? []
    : [{ kind: 'typed-while-starting', detail: `${early.length} reads before it was ready` }]
}

function letters(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '')
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}
