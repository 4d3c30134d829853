import { join } from 'node:path'
import type { SendOutcome, SendRequest } from './adapter.ts'
import { type CodexServer, openCodexServer } from './codex-server.ts'
import { readText, writeWhole } from './files.ts'
import { isObject, type JsonObject, parseObject } from './json.ts'

/**
 * Hands a message to the conversation that stands on the screen. At rest a turn begins with it; a turn that runs takes it after the
 * tool that it is at, and one that is broken off before that loses it.
 */
export async function sendToCodex(
  { handle, message, signal }: SendRequest,
  isHere: () => Promise<boolean>,
): Promise<SendOutcome> {
  const { stateDir } = handle
  const note = await readNote(stateDir)
  const isNoted = note.tokens.includes(message.token)
  const server = await openCodexServer(stateDir, signal)
  if (!server) return isNoted ? waiting : { status: 'absent' }
  try {
    const thread = await shownThread(server)
    if (!thread) {
      if (isNoted && !(await isOver(server, note))) return waiting
      return isNoted && (await isHere()) ? { status: 'sent' } : { status: 'absent' }
    }
    const asked = questionOf(thread)
    if (asked) return { status: 'refused', detail: asked }
    const turnId = await runningTurn(server, thread)
    if (turnId === 'untold') return { status: 'refused', detail: 'its server does not say what it does' }
    const isSameTurn = turnId !== undefined && (note.turnId ?? turnId) === turnId
    if (isNoted && isSameTurn) return waiting
    // the turn may have come to it right before it ended
    if (isNoted && (await isHere())) return { status: 'sent' }
    const tokens = [...(isSameTurn ? note.tokens : []), message.token]
    signal?.throwIfAborted()
    const noted = { tokens, threadId: thread.id, ...(turnId !== undefined && { turnId }) }
    await writeNote(stateDir, noted)
    const answer = await server.ask('turn/start', {
      threadId: thread.id,
      input: [{ type: 'text', text: message.text }],
    })
    if (answer.status === 'refused') {
      await writeNote(stateDir, note)
      return { status: 'refused', detail: `its server said: ${answer.detail}` }
    }
    if (answer.status === 'failed')
      return { status: 'unknown', detail: `while handing over: ${answer.detail}` }
    const { turn } = answer.value
    const taken = isObject(turn) ? turn['id'] : undefined
    if (typeof taken === 'string' && taken !== turnId)
      await writeNote(stateDir, { ...noted, tokens: [message.token], turnId: taken })
    return { status: 'sent' }
  } finally {
    server.close()
  }
}

const waiting: SendOutcome = {
  status: 'unknown',
  detail: 'it was handed over before, and the turn that it waits for goes on',
}

interface Thread {
  readonly id: string
  readonly status: JsonObject
}

/**
 * The one conversation that a person has open. Where there are several (`/new`, `/resume`), the server does not say which is on the
 * screen: then the screen is typed into.
 */
async function shownThread(server: CodexServer): Promise<Thread | undefined> {
  const loaded = await server.ask('thread/loaded/list', {})
  const ids = loaded.status === 'answered' ? loaded.value['data'] : undefined
  if (!Array.isArray(ids)) return undefined
  const threads = await Promise.all(ids.map((id) => readThread(server, id)))
  const [thread, ...others] = threads.filter((one) => one !== 'inner')
  return others.length === 0 ? thread : undefined
}

/** `inner`: one of Codex's own, such as that of a helper. */
async function readThread(server: CodexServer, threadId: unknown): Promise<Thread | 'inner' | undefined> {
  const read = await server.ask('thread/read', { threadId, includeTurns: false })
  const thread = read.status === 'answered' ? read.value['thread'] : undefined
  if (!isObject(thread)) return undefined
  if (thread['ephemeral'] === true || typeof thread['parentThreadId'] === 'string') return 'inner'
  const { id, status } = thread
  return typeof id === 'string' && isObject(status) ? { id, status } : undefined
}

/** What would lose the message if a person broke it off, in words. */
function questionOf({ status }: Thread): string | undefined {
  const flags = Array.isArray(status['activeFlags']) ? status['activeFlags'] : []
  return flags.length === 0 ? undefined : `it asks something (${flags.map(String).join(', ')})`
}

/** The turn that a message would be added to; undefined at rest. */
async function runningTurn(
  server: CodexServer,
  { id, status }: Thread,
): Promise<string | 'untold' | undefined> {
  if (status['type'] !== 'active') return undefined
  const query = { threadId: id, limit: 1, sortDirection: 'desc', itemsView: 'notLoaded' }
  const listed = await server.ask('thread/turns/list', query)
  const [turn] =
    listed.status === 'answered' && Array.isArray(listed.value['data']) ? listed.value['data'] : []
  const turnId = isObject(turn) ? turn['id'] : undefined
  return typeof turnId === 'string' ? turnId : 'untold'
}

/** Whether the turn that something was handed to has ended, in a conversation that may be another than the one on the screen. */
async function isOver(server: CodexServer, { threadId, turnId }: Note): Promise<boolean> {
  const thread = threadId === undefined ? undefined : await readThread(server, threadId)
  if (turnId === undefined || thread === undefined || thread === 'inner') return false
  const running = await runningTurn(server, thread)
  return running !== 'untold' && running !== turnId
}

/** What was handed to the turn that ran then, which no record shows before the turn has come to it. */
interface Note {
  readonly threadId?: string
  readonly turnId?: string
  readonly tokens: readonly string[]
}

function noteFile(stateDir: string): string {
  return join(stateDir, 'codex-handed-over.json')
}

async function readNote(stateDir: string): Promise<Note> {
  const text = await readText(noteFile(stateDir))
  const { threadId, turnId, tokens } = (text.status === 'read' ? parseObject(text.value) : undefined) ?? {}
  return {
    ...(typeof threadId === 'string' && { threadId }),
    ...(typeof turnId === 'string' && { turnId }),
    tokens: Array.isArray(tokens) ? tokens.filter((token) => typeof token === 'string') : [],
  }
}

async function writeNote(stateDir: string, note: Note): Promise<void> {
  await writeWhole(noteFile(stateDir), `${JSON.stringify(note)}\n`, 0o600)
}

/** A new life has no turn that anything was handed to. */
export async function forgetHandedOver(stateDir: string): Promise<void> {
  await writeNote(stateDir, { tokens: [] })
}
