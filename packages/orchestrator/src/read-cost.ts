import { getProjectPath } from './commands/rows.ts'
import {
  type AgentCost,
  type CostView,
  noUsage,
  sumAgents,
  sumTexts,
  sumUsage,
  type UsageSum,
} from './cost.ts'
import { OrchestratorError } from './errors.ts'
import type { Database } from './ledger.ts'
import type { AgentRow, ConversationRow, UsageRow } from './tables.ts'
import { toIso } from './views.ts'

/** Senders of messages that nobody but we ourselves wanted. */
const ownSenders: ReadonlySet<string> = new Set(['tmo', 'check-in', 'schedule'])
/** What a message is wrapped into: its sender, and the token that proves it. */
const wrapChars = '[from  · ] '.length

/** What one team has used, also when it was removed since. */
export async function readCost(db: Database, id: string): Promise<CostView> {
  const row = await db.selectFrom('orchestration').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) {
    throw new OrchestratorError('NO_SUCH_ORCHESTRATION', `there is no orchestration ${JSON.stringify(id)}`, {
      hint: 'tmo cost --all shows the ones that were',
    })
  }
  const project = await getProjectPath(db, row)
  const agents = await db
    .selectFrom('agent')
    .selectAll()
    .where('orchestration_id', '=', id)
    .orderBy('position')
    .execute()
  const read = await readParts(db, id)
  const costs = agents.map((agent) => costOf(agent, read))
  const { state, program, spec_title: title } = row
  return { id, title, state, project, program, agents: costs, total: sumAgents(costs) }
}

interface Parts {
  readonly conversations: readonly ConversationRow[]
  readonly usage: readonly UsageRow[]
  readonly times: readonly { readonly agent: string; readonly activity: string; readonly ms: number }[]
  readonly messages: readonly {
    readonly target: string
    readonly sender: string
    readonly count: number
    readonly chars: number
  }[]
}

async function readParts(db: Database, id: string): Promise<Parts> {
  const messages = await db
    .selectFrom('message')
    .select(['target', 'sender'])
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .select((eb) =>
      eb.fn
        .sum<number>(eb(eb.fn<number>('length', ['body']), '+', eb.fn<number>('length', ['token'])))
        .as('chars'),
    )
    .where('orchestration_id', '=', id)
    .where('state', '=', 'submitted')
    .groupBy(['target', 'sender'])
    .execute()
  return {
    conversations: await db
      .selectFrom('conversation')
      .selectAll()
      .where('orchestration_id', '=', id)
      .execute(),
    usage: await db.selectFrom('usage').selectAll().where('orchestration_id', '=', id).execute(),
    times: await db.selectFrom('activity_time').selectAll().where('orchestration_id', '=', id).execute(),
    messages: messages.map(({ target, sender, count, chars }) => ({
      target,
      sender,
      count: Number(count),
      chars: Number(chars) + Number(count) * (wrapChars + sender.length),
    })),
  }
}

function costOf(agent: AgentRow, parts: Parts): AgentCost {
  const conversations = parts.conversations.filter((one) => one.agent === agent.name)
  const own = parts.usage.filter((one) => one.agent === agent.name)
  const started = conversations.filter((one) => one.launches > 0)
  const sums = started.map((one) => usageOf(own.find((row) => row.conversation_id === one.id)))
  const current = own.find((row) => row.conversation_id === agent.conversation_id)
  const last = own.toSorted((a, b) => a.read_at - b.read_at).at(-1)
  const texts = (isOurs: boolean): Parts['messages'] =>
    parts.messages.filter((one) => one.target === agent.name && ownSenders.has(one.sender) === isOurs)
  const briefs = conversations
    .filter((one) => one.briefed_at !== null)
    .map((one) => ({ count: 1, chars: one.brief_chars ?? 0 }))
  const times = parts.times.filter((one) => one.agent === agent.name)
  return {
    name: agent.name,
    role: agent.role,
    model: current?.model ?? last?.model ?? null,
    ...sumUsage(sums),
    context: contextOf(current),
    injected: sumTexts([...briefs, ...texts(true)]),
    received: sumTexts(texts(false)),
    activityMs: Object.fromEntries(times.map((one) => [one.activity, one.ms])),
    readAt: toIso(last?.read_at ?? null),
  }
}

function usageOf(row: UsageRow | undefined): UsageSum {
  if (!row) return noUsage
  return {
    turns: row.turns,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    cachedInputTokens: row.cached_input_tokens,
    costUsd: row.cost_usd,
    atLeast: [],
  }
}

function contextOf(row: UsageRow | undefined): AgentCost['context'] {
  if (row?.context_tokens == null) return null
  return { tokens: row.context_tokens, usedRatio: row.context_used_ratio }
}
