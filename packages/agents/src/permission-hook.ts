import { constants, mkdirSync } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentAdapter } from './adapter.ts'
import { changedAt, listNames, readText, writeWhole } from './files.ts'
import { hookLog, hookProgram } from './hooks.ts'
import type { AnswerOutcome, PermissionAnswer, PermissionAsk } from './permission.ts'
import { parsePermission } from './permission-payload.ts'
import { harmless } from './quote-words.ts'
import { type ChangeWatch, watchFolder } from './watch-folder.ts'

/**
 * The hook of a request for permission. It notes the event, puts the request down as a file and waits at a pipe beside
 * it, at no cost, until somebody answers; what comes through the pipe is its answer. Nobody who answers, no answer: it
 * ends at once, and ends when the one who answers has been gone for a while. Then there is an ordinary dialog. Of a
 * program that shows none while its hook waits ($5), it waits for so many seconds only, and notes what it left to the
 * dialog.
 */
const script = `#!/bin/sh
umask 077
folder=$3
ask="$folder/$$-$(date +%s)"
{ head -c 262144; cat > /dev/null; } > "$ask.new" || exit 0
/bin/sh "$1" PermissionRequest "$2" < "$ask.new"
clear() { rm -f "$ask.new" "$ask.ask" "$ask.answer" "$ask.said"; }
alive() { pid=; read -r pid < "$folder/keeper" && kill -0 "\${pid:-none}"; } 2> /dev/null
[ "$4" != 0 ] && alive && mkfifo "$ask.answer" || {
  [ -z "$5" ] || mv "$ask.new" "$ask.dialog"
  clear
  exit 0
}
cat "$ask.answer" > "$ask.said" 2> /dev/null &
reader=$!
(
  exec < /dev/null > /dev/null 2>&1
  missed=0
  while [ $missed -lt "$4" ] && kill -0 $$ && kill -0 $reader; do
    sleep "\${5:-2}"
    if [ -z "$5" ] && alive; then missed=0; else missed=$((missed + 1)); fi
  done
  # an empty answer, which takes none away that is under way
  : <> "$ask.answer"
  kill -0 $$ || { kill $reader; clear; }
) &
guard=$!
trap 'kill $reader $guard 2> /dev/null; clear; exit 0' HUP INT TERM
# only now is it asked: who ends this program from here on leaves nothing behind
mv "$ask.new" "$ask.ask" || kill $reader
wait $reader
kill $guard 2> /dev/null
if [ -s "$ask.said" ]; then cat "$ask.said"; elif [ -n "$5" ]; then mv "$ask.ask" "$ask.dialog"; fi
clear
exit 0
`

/** Longer than any human leaves a dialog open; the program ends the hook then. */
export const permissionTimeoutSeconds = 86_400

function permissionFolder(stateDir: string): string {
  return join(stateDir, 'permissions')
}

function program(stateDir: string): string {
  return join(stateDir, 'permission.sh')
}

/** Writes the hook and the folder of its requests, without what a killed one left; the hook of every event is its own. */
export async function writePermissionHook(stateDir: string): Promise<void> {
  const folder = permissionFolder(stateDir)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = await listNames(folder)
  const left = names.status === 'read' ? names.value.filter((name) => /^\d+-\d+\./.test(name)) : []
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })))
  await writeWhole(program(stateDir), script, 0o700)
}

/** How long a hook waits for an answer: while a dialog stands beside it, while it keeps one from a human, or not at all. */
export type HookPatience = 'beside-dialog' | 'before-dialog' | 'at-dialog'

/** For how many looks nobody may be found who answers, every two seconds; or how long it waits at most, in seconds. */
const patiences: Readonly<Record<HookPatience, readonly [looks: string, seconds: string]>> = {
  'beside-dialog': ['5', ''],
  'before-dialog': ['1', '1'],
  'at-dialog': ['0', '0'],
}

/** The command of the hook, for the shell that the program gives it to. */
export function permissionCommand(stateDir: string, patience: HookPatience): string {
  const places = [program(stateDir), hookProgram(stateDir), hookLog(stateDir), permissionFolder(stateDir)]
  return harmless(['/bin/sh', ...places, ...patiences[patience]])
}

/** Says that this process answers from here on: without that, or once it is gone, hooks do nothing. */
export async function keepPermissions(stateDir: string): Promise<void> {
  await writeWhole(join(permissionFolder(stateDir), 'keeper'), `${process.pid}\n`, 0o600)
}

/** The requests whose hooks wait, oldest first; undefined when they cannot be read. */
export function listHookAsks(stateDir: string): Promise<readonly PermissionAsk[] | undefined> {
  return listAsks(stateDir, 'ask')
}

/** The requests that a hook left to the program's dialog; some of them may be answered since. */
export function listDialogAsks(stateDir: string): Promise<readonly PermissionAsk[] | undefined> {
  return listAsks(stateDir, 'dialog')
}

/** The dialog of a request is gone. */
export async function forgetDialogAsk(stateDir: string, id: string): Promise<void> {
  await rm(join(permissionFolder(stateDir), `${id}.dialog`), { force: true })
}

async function listAsks(
  stateDir: string,
  kind: 'ask' | 'dialog',
): Promise<readonly PermissionAsk[] | undefined> {
  const names = await listNames(permissionFolder(stateDir))
  if (names.status === 'absent') return []
  if (names.status === 'unreadable') return undefined
  const found = names.value.filter((name) => /^\d+-\d+\.\w+$/.test(name) && name.endsWith(`.${kind}`))
  const asks = await Promise.all(found.map((name) => readAsk(stateDir, name)))
  return asks.filter((ask) => ask !== undefined).toSorted((a, b) => a.askedAt - b.askedAt)
}

async function readAsk(stateDir: string, name: string): Promise<PermissionAsk | undefined> {
  const path = join(permissionFolder(stateDir), name)
  const [text, askedAt] = [await readText(path), await changedAt(path)]
  if (text.status === 'absent' || askedAt === undefined) return undefined
  const [id = ''] = name.split('.')
  return parsePermission(text.status === 'read' ? text.value : '', { id, askedAt: Math.round(askedAt) })
}

/** Lets every hook go that still waits for a program that is gone: without an answer. */
export async function releasePermissions(stateDir: string): Promise<void> {
  const waiting = (await listHookAsks(stateDir)) ?? []
  await Promise.all(waiting.map(({ id }) => answerHook(stateDir, id, { decision: 'pass' })))
}

/** Tells that a request came or went, the first one too. */
export function watchPermissions(stateDir: string, onChange: () => void): ChangeWatch {
  mkdirSync(permissionFolder(stateDir), { recursive: true, mode: 0o700 })
  return watchFolder(permissionFolder(stateDir), onChange)
}

const pollMs = 20
/** From the request on disk to the open pipe the hook starts one program. */
const openMs = 2_000

/** Hands the answer to the hook that waits for it: whoever comes first counts. */
export async function answerHook(
  stateDir: string,
  id: string,
  answer: PermissionAnswer,
): Promise<AnswerOutcome> {
  if (!/^\d+-\d+$/.test(id)) return { status: 'gone' }
  const pipe = join(permissionFolder(stateDir), `${id}.answer`)
  const end = performance.now() + openMs
  for (;;) {
    const outcome = await writePipe(pipe, wordingOf(answer))
    if (outcome !== 'nobody' || performance.now() >= end) {
      return { status: outcome === 'written' ? 'answered' : 'gone' }
    }
    await sleep(pollMs)
  }
}

async function writePipe(path: string, text: string): Promise<'written' | 'nobody' | 'absent'> {
  try {
    const pipe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK)
    try {
      if (text !== '') await pipe.write(text)
    } finally {
      await pipe.close()
    }
    return 'written'
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'EPIPE') return 'absent'
    if (code === 'ENXIO') return 'nobody'
    throw error
  }
}

/** As Claude Code documents it; Codex takes the same. */
function wordingOf({ decision, reason }: PermissionAnswer): string {
  if (decision === 'pass') return ''
  const said =
    decision === 'deny' ? { behavior: 'deny', message: reason ?? 'Denied.' } : { behavior: 'allow' }
  const output = { hookEventName: 'PermissionRequest', decision: said }
  return `${JSON.stringify({ hookSpecificOutput: output })}\n`
}

export type HookDesk = Required<
  Pick<AgentAdapter, 'answer' | 'keepPermissions' | 'releasePermissions' | 'watchPermissions'>
>

/** The part of an adapter that answers by this hook. */
export const hookDesk: HookDesk = {
  answer: ({ stateDir }, id, answer) => answerHook(stateDir, id, answer),
  keepPermissions: ({ stateDir }) => keepPermissions(stateDir),
  releasePermissions: ({ stateDir }) => releasePermissions(stateDir),
  watchPermissions: ({ stateDir }, onChange) => watchPermissions(stateDir, onChange),
}
