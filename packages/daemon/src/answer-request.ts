import type { Engine } from '@tmux-orchestrator/orchestrator'
import { refuseAgent } from './caller.ts'
import { ClientJobs } from './client-jobs.ts'
import type { Answer, IncomingRequest } from './connection.ts'
import type { DaemonStatus } from './daemon-status.ts'
import { DaemonError } from './errors.ts'
import { followEvents } from './follow-events.ts'
import type { LedgerClient } from './ledger-client.ts'
import { parseVerb } from './parse-verb.ts'

/** What requests are answered from. */
export interface RequestContext {
  readonly engine: Engine
  readonly store: LedgerClient
  readonly jobs: ClientJobs
  status(): Promise<DaemonStatus>
  /** Begins to end the daemon; returns at once. */
  stop(cause: string): void
}

/** The daemon's own requests; every other name is the engine's. */
export async function answerRequest(
  context: RequestContext,
  request: IncomingRequest,
  options: { readonly signal: AbortSignal },
): Promise<Answer> {
  if (ClientJobs.is(request.name)) {
    refuseAgent(request.as, request.name)
    return { result: await context.jobs.answer(request.name, request.args) }
  }
  switch (request.name) {
    case 'daemon.status':
      return { result: await context.status() }
    case 'daemon.stop':
      refuseAgent(request.as, request.name)
      context.stop('asked over the socket')
      return { result: { pid: process.pid } }
    case 'events.follow':
      refuseAgent(request.as, request.name)
      return { items: follow(context, request.args, options.signal) }
    case 'verb':
      return { result: await callVerb(context.engine, request) }
    default:
      return { result: await context.engine.handle(request, options) }
  }
}

function follow({ store }: RequestContext, args: unknown, signal: AbortSignal): AsyncIterable<unknown> {
  const { after, stream }: { after?: unknown; stream?: unknown } = {
    ...(typeof args === 'object' ? args : {}),
  }
  if (typeof after !== 'number' || !Number.isSafeInteger(after) || after < 0) {
    throw new DaemonError('BAD_ARGUMENT', 'events.follow: "after" is the number of an event, or 0')
  }
  if (stream !== undefined && typeof stream !== 'string') {
    throw new DaemonError('BAD_ARGUMENT', 'events.follow: "stream" is a name')
  }
  return followEvents({ ledger: store.ledger, commits: store.events, after, stream, signal })
}

async function callVerb(engine: Engine, { args, as }: IncomingRequest): Promise<unknown> {
  const verb = as === undefined ? undefined : parseVerb(args, as)
  if (verb === undefined)
    throw new DaemonError('BAD_ARGUMENT', 'a verb has an id, words, a folder, a time and an identity')
  return await engine.verb(verb)
}
