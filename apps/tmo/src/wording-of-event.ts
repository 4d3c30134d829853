import { formatDuration, toPlainText } from '@tmux-orchestrator/cli'
import type { EventView } from '@tmux-orchestrator/orchestrator'
import { lineOf, wordingOfKind } from './wording-of-error.ts'
import { questionInLine } from './wording-of-question.ts'

type Data = Readonly<Record<string, unknown>>

/** Events that are for people first. */
const sentences: Readonly<Record<string, (data: Data) => string>> = {
  'error:seen': ({ error, detail }) => wordingOfKind(String(error)) + said(detail),
  'question:asked': ({ question, choices }) => questionInLine(String(question), listOf(choices)),
  'question:gone': ({ waitedMs }) => `after ${lasted(waitedMs)}`,
  'error:over': ({ error, stoodMs }) => `after ${lasted(stoodMs)}: ${wordingOfKind(String(error))}`,
}

/** One event in one line. */
export function wordingOfEvent({ at, kind, subject, data }: EventView): string {
  const sentence = sentenceOf({ kind, data })
  const pairs = Object.entries(dataOf(data)).filter(([, value]) => value !== null)
  const words = sentence === undefined ? pairs.map(([key, value]) => `${key}=${String(value)}`) : [sentence]
  return [at, kind, subject ?? '', ...words].filter((part) => part !== '').join(' ')
}

/** What an event for people says, without whose it is; undefined of any other. */
export function sentenceOf({ kind, data }: Pick<EventView, 'kind' | 'data'>): string | undefined {
  return Object.hasOwn(sentences, kind) ? sentences[kind]?.(dataOf(data)) : undefined
}

function dataOf(data: unknown): Data {
  return typeof data === 'object' && data !== null ? (data as Data) : {}
}

function said(detail: unknown): string {
  return typeof detail === 'string' ? `: ${lineOf(detail)}` : ''
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function lasted(ms: unknown): string {
  return typeof ms === 'number' ? formatDuration(ms) : toPlainText(String(ms))
}
