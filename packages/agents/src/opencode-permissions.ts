import { isObject } from './json.ts'
import { askOpencode } from './opencode-api.ts'
import type { OpencodeNote } from './opencode-launch.ts'
import { type AnswerOutcome, createAsk, type PermissionAnswer, type PermissionAsk } from './permission.ts'
import { readQuestion } from './read-question.ts'

/** What the server of an agent asks, by its own list; undefined when it cannot be read. */
export async function listOpencodeAsks(
  note: OpencodeNote,
  now: number,
): Promise<readonly PermissionAsk[] | undefined> {
  const [answer, questions] = await Promise.all([
    askOpencode(note, 'GET', '/permission'),
    askOpencode(note, 'GET', '/question'),
  ])
  if (answer.status === 'absent') return []
  if (answer.status !== 'answered' || !Array.isArray(answer.value)) return undefined
  const asked = questions.status === 'answered' && Array.isArray(questions.value) ? questions.value : []
  return [
    ...answer.value.flatMap((entry: unknown) => parseAsk(entry, now) ?? []),
    ...asked.flatMap((entry: unknown) => parseQuestion(entry, now) ?? []),
  ]
}

function parseQuestion(entry: unknown, now: number): PermissionAsk | undefined {
  if (!isObject(entry)) return undefined
  const { id } = entry
  const question = readQuestion(entry)
  if (typeof id !== 'string' || !/^\w+$/.test(id) || question === undefined) return undefined
  return createAsk({ id, tool: 'question', ...question, isQuestion: true, askedAt: now })
}

function parseAsk(entry: unknown, now: number): PermissionAsk | undefined {
  if (!isObject(entry)) return undefined
  const { id, permission, patterns, metadata } = entry
  if (typeof id !== 'string' || !/^\w+$/.test(id)) return undefined
  const command = isObject(metadata) && permission === 'bash' ? metadata['command'] : undefined
  const named = Array.isArray(patterns) ? patterns.filter((one) => typeof one === 'string') : []
  const subject = typeof command === 'string' ? command : named.join(' ')
  return createAsk({
    id,
    tool: typeof permission === 'string' ? permission : 'unknown',
    subject,
    isPartial: typeof permission !== 'string' || (typeof command !== 'string' && named.length !== 1),
    askedAt: now,
  })
}

/** Once: nothing is allowed for later. */
export async function answerOpencode(
  note: OpencodeNote,
  id: string,
  { decision, reason }: PermissionAnswer,
): Promise<AnswerOutcome> {
  if (decision === 'pass' || !/^\w+$/.test(id)) return { status: 'gone' }
  const reply = decision === 'allow' ? 'once' : 'reject'
  const body = { reply, ...(decision === 'deny' && reason !== undefined && { message: reason }) }
  const answer = await askOpencode(note, 'POST', `/permission/${id}/reply`, body)
  if (answer.status === 'answered') return { status: 'answered' }
  if (answer.status === 'absent') return { status: 'gone' }
  if (answer.status === 'failed') return { status: 'unknown', detail: answer.detail }
  return answer.code === 404
    ? { status: 'gone' }
    : { status: 'refused', detail: `its server said ${answer.code}` }
}
