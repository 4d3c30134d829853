import type { ConversationLine, RecordLine } from '@tmux-orchestrator/agent-sim'
import type { Delivery, Message } from '../src/index.ts'

/** One line of the deliverer's ledger. */
export type Entry = { readonly token: string; readonly at: number; readonly isFinal?: boolean } & (
  | { readonly did: 'began' }
  | { readonly did: 'ended'; readonly delivery: Delivery }
  | { readonly did: 'asked'; readonly presence: 'present' | 'absent' | 'unknown' }
)

/** What was claimed against what the agent's own record says; each list names tokens. */
export interface Verdict {
  readonly submitted: number
  readonly refused: number
  readonly unknown: number
  /** Answers `unknown` on the way that the record settled later, either way. */
  readonly resolved: number
  readonly falselySubmitted: readonly string[]
  readonly duplicated: readonly string[]
  readonly merged: readonly string[]
  readonly garbled: readonly string[]
  readonly wronglyResolved: readonly string[]
  readonly refusedYetArrived: readonly string[]
  readonly keysIntoDialogs: readonly string[]
}

/** Instants of two processes are compared: their clocks are one, their files are written a moment apart. */
const writingMs = 50

export interface Evidence {
  readonly messages: readonly Message[]
  readonly entries: readonly Entry[]
  readonly conversation: readonly ConversationLine[]
  readonly record: readonly RecordLine[]
}

/** Judges one agent's messages. */
export function judgeDeliveries(evidence: Evidence): Verdict {
  const { messages, conversation } = evidence
  const inputs = conversation.flatMap((line) =>
    line.type === 'user' && line.via !== 'summary' ? [{ text: line.text, at: line.at }] : [],
  )
  const byToken = new Map<string, Entry[]>()
  for (const entry of evidence.entries) byToken.set(entry.token, [...(byToken.get(entry.token) ?? []), entry])
  const facts = messages.map((message) => {
    const entries = byToken.get(message.token) ?? []
    const arrivals = inputs.filter(({ text }) => text.includes(message.token))
    return { message, arrivals, entries, last: lastOutcome(entries) }
  })
  const tokens = (isSo: (fact: (typeof facts)[number]) => boolean): readonly string[] =>
    facts.filter(isSo).map(({ message }) => message.token)
  return {
    submitted: facts.filter(({ last }) => last === 'submitted').length,
    refused: facts.filter(({ last }) => last === 'refused').length,
    unknown: facts.filter(({ last }) => last === 'unknown').length,
    resolved: facts.flatMap(({ entries }) => entries.filter(({ did }) => did === 'asked')).length,
    falselySubmitted: tokens(({ entries, arrivals }) => {
      const claims = entries.flatMap((entry) => (isClaim(entry) ? [entry.at] : []))
      return claims.some((at) => !arrivals.some((arrival) => arrival.at <= at + writingMs))
    }),
    duplicated: tokens(({ arrivals }) => arrivals.length > 1),
    merged: tokens(({ arrivals }) => arrivals.some(({ text }) => isMixed(text))),
    garbled: tokens(({ arrivals, message }) => arrivals.some(({ text }) => !isWhole(text, message))),
    wronglyResolved: tokens(({ entries, arrivals }) =>
      entries.some((entry) => {
        if (entry.did !== 'asked' || entry.presence === 'unknown') return false
        const [first] = arrivals
        if (entry.presence === 'present') return first === undefined || first.at > entry.at + writingMs
        return first !== undefined && first.at < entry.at - writingMs
      }),
    ),
    refusedYetArrived: tokens(({ last, arrivals }) => last === 'refused' && arrivals.length > 0),
    keysIntoDialogs: evidence.record.flatMap((line) =>
      line.type === 'dialog' && (line.did === 'approved' || line.did === 'denied')
        ? [`${line.did} ${line.subject} at ${line.at}`]
        : [],
    ),
  }
}

function isClaim(entry: Entry): boolean {
  if (entry.did === 'asked') return entry.presence === 'present'
  return entry.did === 'ended' && entry.delivery.status === 'submitted'
}

function lastOutcome(entries: readonly Entry[]): Delivery['status'] | 'none' {
  if (entries.some(isClaim)) return 'submitted'
  const ended = entries.findLast((entry) => entry.did === 'ended')
  return ended?.did === 'ended' ? ended.delivery.status : 'none'
}

/** Two messages in one, or one with what a human typed. */
function isMixed(text: string): boolean {
  const tokens = new Set(text.match(/tmo-m-\d\d-\d{6}/g) ?? [])
  return tokens.size > 1 || /human-\d+ /.test(text)
}

function isWhole(text: string, message: Message): boolean {
  const letters = (from: string): string => from.replace(/[^\p{L}\p{N}]+/gu, '')
  return letters(text).includes(letters(message.text))
}

/** One verdict of many. */
export function sumVerdicts(verdicts: readonly Verdict[]): Verdict {
  const count = (key: 'submitted' | 'refused' | 'unknown' | 'resolved'): number =>
    verdicts.reduce((sum, verdict) => sum + verdict[key], 0)
  const all = (
    key: Exclude<keyof Verdict, 'submitted' | 'refused' | 'unknown' | 'resolved'>,
  ): readonly string[] => verdicts.flatMap((verdict) => verdict[key])
  return {
    submitted: count('submitted'),
    refused: count('refused'),
    unknown: count('unknown'),
    resolved: count('resolved'),
    falselySubmitted: all('falselySubmitted'),
    duplicated: all('duplicated'),
    merged: all('merged'),
    garbled: all('garbled'),
    wronglyResolved: all('wronglyResolved'),
    refusedYetArrived: all('refusedYetArrived'),
    keysIntoDialogs: all('keysIntoDialogs'),
  }
}
