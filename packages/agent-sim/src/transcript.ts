import {
  closeSync,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { SimError } from './errors.ts'
import {
  type Checkpoint,
  type ConversationLine,
  parseConversation,
  type RecordNote,
  type Via,
} from './formats.ts'

type Untimed<T> = T extends unknown ? Omit<T, 'at'> : never
/** A note without its time. */
export type Note = Untimed<RecordNote>

/** The conversation on disk and the record beside it. Every call returns once the line is written. */
export interface Transcript {
  /** What was in the conversation before this process; empty for a new one. */
  readonly past: readonly ConversationLine[]
  /** Synced to the disk before it returns. */
  user(text: string, via: Via): void
  assistant(text: string): void
  action(name: string, detail: string): void
  /** Synced to the disk before it returns. */
  checkpoint(state: Checkpoint): void
  /** Goes to the record alone. */
  note(note: Note): void
  close(): void
}

export interface OpenTranscriptOptions {
  readonly home: string
  readonly sessionId: string
  readonly mode: 'new' | 'resume'
  readonly cwd: string
  readonly version: string
  /** Nothing is written to the conversation. */
  readonly mute: boolean
}

/** The conversation's file. */
export function conversationFile(home: string, sessionId: string): string {
  return join(home, 'conversations', `${sessionId}.jsonl`)
}

/**
 * Opens a new conversation or one that is there.
 *
 * @throws SimError `CONVERSATION_EXISTS`, `NO_CONVERSATION`, `BAD_CONVERSATION`
 */
export function openTranscript(options: OpenTranscriptOptions): Transcript {
  const file = conversationFile(options.home, options.sessionId)
  const past =
    options.mode === 'resume' ? readPast(file, options.sessionId) : refuseExisting(file, options.sessionId)
  const conversation = options.mute ? undefined : openLines(file)
  const recordFile = join(options.home, 'records', `${options.sessionId}.jsonl`)
  if (existsSync(recordFile)) cutTorn(recordFile)
  const record = openLines(recordFile)
  const both = (line: ConversationLine, sync = false): void => {
    const text = `${JSON.stringify(line)}\n`
    if (conversation !== undefined) writeSync(conversation, text)
    if (conversation !== undefined && sync) fdatasyncSync(conversation)
    writeSync(record, text)
  }
  const { cwd, sessionId, version } = options
  if (options.mode === 'new') both({ type: 'session', sessionId, cwd, version, at: Date.now() })
  return {
    past,
    user: (text, via) => both({ type: 'user', text, via, at: Date.now(), pid: process.pid }, true),
    assistant: (text) => both({ type: 'assistant', text, at: Date.now() }),
    action: (name, detail) => both({ type: 'action', name, detail, at: Date.now() }),
    checkpoint: (state) => both({ type: 'checkpoint', state, at: Date.now() }, true),
    note: (note) => {
      writeSync(record, `${JSON.stringify({ ...note, at: Date.now() })}\n`)
    },
    close: () => {
      if (conversation !== undefined) closeSync(conversation)
      closeSync(record)
    },
  }
}

function openLines(file: string): number {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  return openSync(file, 'a', 0o600)
}

/** One that was killed before its first line has begun nothing. */
function refuseExisting(file: string, sessionId: string): readonly ConversationLine[] {
  if (!existsSync(file) || statSync(file).size === 0) return []
  throw new SimError('CONVERSATION_EXISTS', `conversation ${sessionId} is already there`, {
    hint: `go on with it: --resume ${sessionId}`,
  })
}

/** Reads the conversation and cuts off a last line that a crash left without its end. */
function readPast(file: string, sessionId: string): readonly ConversationLine[] {
  if (!existsSync(file)) {
    throw new SimError('NO_CONVERSATION', `no conversation ${sessionId}`, {
      hint: 'start a new one: --session-id',
    })
  }
  return parseConversation(cutTorn(file))
}

/** The file's complete lines, which are all that is left in it. */
function cutTorn(file: string): string {
  const bytes = readFileSync(file)
  const complete = bytes.lastIndexOf(0x0a) + 1
  if (complete < bytes.length) {
    const descriptor = openSync(file, 'r+')
    ftruncateSync(descriptor, complete)
    closeSync(descriptor)
  }
  return bytes.toString('utf8', 0, complete)
}
