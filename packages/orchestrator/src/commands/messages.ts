import { claimOutbox, putOutbox, settleOutbox } from '@tmux-orchestrator/scheduler-db'
import type { MessageView } from '../answers.ts'
import type { AgentKey, CommandMap, Delivery } from '../command-map.ts'
import { OrchestratorError } from '../errors.ts'
import type { CommandContext, Database } from '../ledger.ts'
import { messageToken } from '../message-token.ts'
import { viewMessage } from '../views.ts'
import { getAgent, getOrchestration, record } from './rows.ts'

type Args<N extends keyof CommandMap> = CommandMap[N]['args']

/** An agent that is written to more often than this is protected from its team. */
const perMinuteMax = 30
const textMax = 64 * 1024
const hourMs = 60 * 60_000
/** Of a message that something may come of still. */
const open: ReadonlySet<string> = new Set(['pending', 'sending', 'unknown'])

/** Messages become outbox rows in the transaction that caused them; nothing is delivered twice. */
export async function createMessages(
  tx: Database,
  args: Args<'message.create'>,
  context: CommandContext,
): Promise<{ messages: { id: string; target: string }[] }> {
  if (args.text.trim() === '') throw new OrchestratorError('BAD_ARGUMENT', 'the message is empty')
  if (Buffer.byteLength(args.text) > textMax) {
    throw new OrchestratorError('BAD_ARGUMENT', `the message is larger than ${textMax} bytes`, {
      hint: 'write it to a file in your worktree, commit it, and send its path',
    })
  }
  await getOrchestration(tx, args.id)
  const messages: { id: string; target: string }[] = []
  for (const target of args.targets) {
    await getAgent(tx, args.id, target)
    await refuseFlood(tx, args.id, target, context)
    messages.push({ id: await insertMessage(tx, { ...args, target }, context), target })
  }
  return { messages }
}

async function refuseFlood(tx: Database, id: string, target: string, context: CommandContext): Promise<void> {
  const { count } = await tx
    .selectFrom('message')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('orchestration_id', '=', id)
    .where('target', '=', target)
    .where('created_at', '>', context.now - 60_000)
    .executeTakeFirstOrThrow()
  if (Number(count) < perMinuteMax) return
  throw new OrchestratorError('RATE_LIMITED', `${target} was sent ${perMinuteMax} messages within a minute`, {
    hint: 'wait a minute, and say several things in one message',
  })
}

async function insertMessage(
  tx: Database,
  args: { id: string; target: string; sender: string; text: string; policy: 'once' | 'retry'; ttlMs: number },
  context: CommandContext,
): Promise<string> {
  const id = context.newId()
  await tx
    .insertInto('message')
    .values({
      id,
      orchestration_id: args.id,
      target: args.target,
      sender: args.sender,
      body: args.text,
      token: messageToken(id),
      policy: args.policy,
      state: 'pending',
      reason: null,
      created_at: context.now,
      expires_at: context.now + args.ttlMs,
      settled_at: null,
      read_at: null,
    })
    .execute()
  await putOutbox(tx, { target: `${args.id}/${args.target}`, body: id, idemKey: id }, { now: context.now })
  return id
}

/** Tells those who lead or verify; they wake only when there is news. */
export async function notify(
  tx: Database,
  id: string,
  about: string,
  text: string,
  context: CommandContext,
): Promise<void> {
  const agents = await tx
    .selectFrom('agent')
    .selectAll()
    .where('orchestration_id', '=', id)
    .where('name', '!=', about)
    .where('implements', '=', 0)
    .where('state', 'in', ['planned', 'starting', 'running', 'paused'])
    .execute()
  for (const agent of agents) {
    await insertMessage(
      tx,
      { id, target: agent.name, sender: 'tmo', text, policy: 'retry', ttlMs: hourMs },
      context,
    )
  }
}

const returned =
  'Your program had ended and was started again with this conversation. What you were doing may be half done: look at it (`git status`, `tmo task list`), then go on.'

/** Whoever was started again in mid-work would wait for words that nobody says; told once, however often it returned unheard. */
export async function tellReturn(tx: Database, key: AgentKey, context: CommandContext): Promise<void> {
  const unheard = await tx
    .selectFrom('message')
    .select('id')
    .where('orchestration_id', '=', key.id)
    .where('target', '=', key.name)
    .where('body', '=', returned)
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['pending', 'sending']),
        eb('state', '=', 'unknown').and('expires_at', '>', context.now),
      ]),
    )
    .executeTakeFirst()
  if (unheard) return
  await insertMessage(
    tx,
    { id: key.id, target: key.name, sender: 'tmo', text: returned, policy: 'retry', ttlMs: hourMs },
    context,
  )
}

export async function claimDeliveries(
  tx: Database,
  args: Args<'outbox.claim'>,
  context: CommandContext,
): Promise<{ deliveries: Delivery[] }> {
  const uncertain = await claimOutbox(tx, { ...args, from: 'unknown', now: context.now })
  const fresh = await claimOutbox(tx, { ...args, now: context.now })
  const deliveries: Delivery[] = []
  for (const row of [...uncertain, ...fresh]) {
    const message = await tx.selectFrom('message').selectAll().where('id', '=', row.body).executeTakeFirst()
    if (!message || !open.has(message.state)) {
      await settleOutbox(tx, { id: row.id, token: row.token, state: 'dead', now: context.now })
      continue
    }
    // one that is looked for stays what it was called
    if (message.state !== 'unknown')
      await tx.updateTable('message').set({ state: 'sending' }).where('id', '=', message.id).execute()
    deliveries.push({
      outboxId: row.id,
      leaseToken: row.token,
      attempt: row.attempt,
      doubt: !uncertain.includes(row) ? 'none' : message.state === 'unknown' ? 'unproven' : 'sender-lost',
      message,
    })
  }
  return { deliveries }
}

/** What is unknown and looked for again stays unknown meanwhile, and is told once. */
export async function settleMessage(
  tx: Database,
  args: Args<'message.settle'>,
  context: CommandContext,
): Promise<null> {
  const isLater = args.retryAt !== null
  const state = isLater && args.state !== 'unknown' ? 'pending' : args.state
  const isClosed = state === 'sending' || (state === 'unknown' && !isLater)
  await settleOutbox(tx, {
    id: args.outboxId,
    token: args.leaseToken,
    state: isClosed ? 'dead' : state,
    ...(args.reason === null ? {} : { reason: args.reason }),
    ...(args.retryAt === null ? {} : { dueAt: args.retryAt }),
    now: context.now,
  })
  const before = await tx
    .selectFrom('message')
    .select(['state', 'settled_at'])
    .where('id', '=', args.messageId)
    .executeTakeFirstOrThrow()
  const isKnown = before.state === state
  const message = await tx
    .updateTable('message')
    .set({
      state,
      reason: args.reason,
      settled_at: state === 'pending' ? null : isKnown ? before.settled_at : context.now,
      ...(args.isLast && { policy: 'once' }),
    })
    .where('id', '=', args.messageId)
    .returningAll()
    .executeTakeFirstOrThrow()
  if (state !== 'pending' && !isKnown) {
    await record(tx, context, message.orchestration_id, `message:${state}`, message.target, {
      message: message.id,
      from: message.sender,
      reason: args.reason,
      tookMs: context.now - message.created_at,
    })
  }
  return null
}

/** What was sent to an agent and not read through the inbox yet; reading marks it read. */
export async function readInbox(
  tx: Database,
  args: Args<'inbox.read'>,
  context: CommandContext,
): Promise<{ messages: MessageView[] }> {
  const rows = await tx
    .selectFrom('message')
    .selectAll()
    .where('orchestration_id', '=', args.id)
    .where('target', '=', args.name)
    .where('read_at', 'is', null)
    .orderBy('created_at')
    .limit(args.limit)
    .execute()
  const ids = rows.map((row) => row.id)
  if (ids.length > 0) {
    await tx.updateTable('message').set({ read_at: context.now }).where('id', 'in', ids).execute()
  }
  return { messages: rows.map(viewMessage) }
}
