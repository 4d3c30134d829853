/**
 * The program behind an agent's `tmo report`, `tmo send` and so on: one request to the daemon, its answer printed. It loads nothing
 * but node's own socket and file code, since it is called hundreds of times an hour. While no daemon answers, what changes
 * something is kept in `$TMO_HOME/spool` under an id that makes it take effect once.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { connect } from 'node:net'

interface SpooledVerb {
  readonly version: 1
  readonly id: string
  readonly argv: readonly string[]
  readonly stdin?: string
  readonly cwd: string
  readonly agent: string
  readonly token: string
  readonly at: number
}

/** A sandbox that lets nothing connect; what starts outside of it is no part of it. */
const barred = 'a sandbox bars the socket of the daemon here (the tools of the MCP server tmo reach it)'
/** How long an answer may take before the verb is kept for later. */
const deadlineMs = 10_000
const longestSocketPathBytes = 100
const longestStdinBytes = 4 * 1024 * 1024
/** What changes something, and so may wait for the daemon; a question cannot. */
const writing: Readonly<Record<string, readonly string[] | undefined>> = {
  report: [],
  send: [],
  task: ['add', 'assign', 'take', 'done', 'drop'],
  schedule: ['add', 'cancel'],
}

const home = process.env['TMO_HOME'] ?? ''
const argv = process.argv.slice(2)

function print(file: number, text: string): void {
  const bytes = Buffer.from(text)
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(file, bytes, written)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'EPIPE') return
      // A pipe that is full and does not block; its reader is at work.
      if (code !== 'EAGAIN') throw error
    }
  }
}

function finish(code: number, stderr = ''): never {
  if (stderr !== '') print(2, `${stderr}\n`)
  process.exit(code)
}

/** UUIDv7, so that kept verbs sort by time. Math.random is enough to be unique, and loads no crypto. */
function newId(at: number): string {
  const random = (bits: number): number => Math.floor(Math.random() * 2 ** bits)
  const hex = (value: number, length: number): string => value.toString(16).padStart(length, '0')
  const time = hex(at, 12)
  const variant = hex(0x8000 | random(14), 4)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(random(12), 3)}-${variant}-${hex(random(24), 6)}${hex(random(24), 6)}`
}

function readStdin(): string {
  const text = readFileSync(0, 'utf8')
  if (Buffer.byteLength(text) > longestStdinBytes)
    finish(2, `tmo: stdin is longer than ${longestStdinBytes} bytes`)
  return text
}

function toVerb(): SpooledVerb {
  const { TMO_AGENT: agent = '', TMO_TOKEN: token = '' } = process.env
  if (home === '' || agent === '' || token === '') {
    finish(
      1,
      'tmo: TMO_HOME, TMO_AGENT and TMO_TOKEN are needed: this program speaks for an agent in its pane',
    )
  }
  const at = Date.now()
  const stdin = argv.includes('-') ? { stdin: readStdin() } : {}
  return { version: 1, id: newId(at), argv, ...stdin, cwd: process.cwd(), agent, token, at }
}

function socketPath(): string | undefined {
  const natural = `${home}/daemon.sock`
  if (Buffer.byteLength(natural) <= longestSocketPathBytes) return natural
  try {
    return JSON.parse(readFileSync(`${home}/daemon.json`, 'utf8')).socket
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}

function isWriting(): boolean {
  const [verb = '', second = ''] = argv
  const seconds = writing[verb]
  return seconds !== undefined && (seconds.length === 0 || seconds.includes(second))
}

function asksForHelp(): boolean {
  return argv.includes('--help') || argv.includes('-h')
}

/** On the disk before we say so: written aside, synced, renamed, and the folder synced. */
function spool(verb: SpooledVerb): void {
  const folder = `${home}/spool`
  const temporary = `${folder}/.${verb.id}`
  const file = openSync(temporary, 'wx', 0o600)
  print(file, JSON.stringify(verb))
  fsyncSync(file)
  closeSync(file)
  renameSync(temporary, `${folder}/${verb.id}.json`)
  const directory = openSync(folder, 'r')
  fsyncSync(directory)
  closeSync(directory)
}

function keepForLater(verb: SpooledVerb, why: string): never {
  const later = why === barred ? 'ask with one of them' : 'ask again when the daemon is back'
  if (asksForHelp() || !isWriting()) finish(1, `tmo: ${why}; ${later}`)
  try {
    spool(verb)
  } catch (error) {
    finish(
      1,
      `tmo: ${why}, and it cannot be kept for later: ${error instanceof Error ? error.message : error}`,
    )
  }
  finish(0, `spooled: ${why}; it takes effect ${why === barred ? 'in a moment' : 'when the daemon is back'}`)
}

interface VerbReply {
  readonly result?: { readonly stdout: string; readonly stderr: string; readonly exitCode: number }
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string }
}

/** Codes with which the daemon says that it is going, not that the verb is wrong. */
const passing = ['CLOSED', 'STORE_LOST', 'CANCELLED', 'CONNECTION_LOST']

function printReply(verb: SpooledVerb, { result, error }: VerbReply): never {
  if (result !== undefined) {
    if (result.stdout !== '') print(1, result.stdout)
    if (result.stderr !== '') print(2, result.stderr)
    process.exit(result.exitCode)
  }
  if (error !== undefined && passing.includes(error.code)) keepForLater(verb, 'the daemon is ending')
  finish(
    1,
    `tmo: ${error?.message ?? 'the daemon gave no answer'}${error?.hint === undefined ? '' : `\nhint: ${error.hint}`}`,
  )
}

function ask(verb: SpooledVerb, path: string): void {
  const { id, stdin, cwd, agent, token, at } = verb
  const args = { id, argv, cwd, at, ...(stdin === undefined ? {} : { stdin }) }
  const socket = connect(path)
  setTimeout(() => keepForLater(verb, 'the daemon does not answer'), deadlineMs)
  let text = ''
  socket.setEncoding('utf8')
  socket.on('error', (error: Error & { code?: string }) => {
    const isBarred = error.code === 'EPERM' || error.code === 'EACCES'
    keepForLater(verb, isBarred ? barred : 'no daemon runs')
  })
  socket.on('close', () => keepForLater(verb, 'the daemon hung up'))
  socket.on('data', (chunk: string) => {
    text += chunk
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
      const frame = JSON.parse(text.slice(0, end))
      text = text.slice(end + 1)
      if (frame.tmo === undefined) printReply(verb, frame)
    }
  })
  socket.write(
    `{"hello":1,"version":""}\n${JSON.stringify({ id: 1, name: 'verb', args, as: { agent, token } })}\n`,
  )
}

const verb = toVerb()
const path = socketPath()
if (path === undefined) keepForLater(verb, 'no daemon runs')
ask(verb, path)
