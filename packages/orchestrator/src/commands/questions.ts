import type { CommandMap } from '../command-map.ts'
import type { CommandContext, Database } from '../ledger.ts'
import type { QuestionRow } from '../tables.ts'
import { getAgent, record } from './rows.ts'

type Seen = CommandMap['question.seen']['args']

const questionMax = 1_000

/** Notes what is asked and what no longer is, each once, and answers what still waits. */
export async function seeQuestions(
  tx: Database,
  args: Seen,
  context: CommandContext,
): Promise<{ waiting: QuestionRow[] }> {
  await getAgent(tx, args.id, args.name)
  const known = await rowsOf(tx, args)
  for (const { request, at } of args.gone) {
    const row = known.find((one) => one.request === request)
    if (row?.gone_at === null) await end(tx, row, Math.min(at, context.now), context)
  }
  for (const ask of args.asks) {
    if (known.some((row) => row.request === ask.id)) continue
    const row: QuestionRow = {
      orchestration_id: args.id,
      agent: args.name,
      request: ask.id,
      question: ask.subject.replaceAll(/\s+/g, ' ').trim().slice(0, questionMax),
      choices: JSON.stringify(ask.choices ?? []),
      asked_at: Math.min(ask.askedAt, context.now),
      gone_at: null,
    }
    await tx.insertInto('question').values(row).execute()
    await record(tx, context, args.id, 'question:asked', args.name, {
      request: row.request,
      question: row.question,
      choices: ask.choices ?? [],
    })
  }
  return { waiting: (await rowsOf(tx, args)).filter((row) => row.gone_at === null) }
}

async function end(tx: Database, row: QuestionRow, at: number, context: CommandContext): Promise<void> {
  await tx
    .updateTable('question')
    .set({ gone_at: at })
    .where('orchestration_id', '=', row.orchestration_id)
    .where('agent', '=', row.agent)
    .where('request', '=', row.request)
    .execute()
  await record(tx, context, row.orchestration_id, 'question:gone', row.agent, {
    request: row.request,
    waitedMs: Math.max(0, at - row.asked_at),
  })
}

function rowsOf(tx: Database, { id, name }: Seen): Promise<QuestionRow[]> {
  return tx
    .selectFrom('question')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('agent', '=', name)
    .orderBy('asked_at')
    .execute()
}
