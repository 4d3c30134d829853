import { once } from 'node:events'
import { readlink, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { writeWhole } from './files.ts'
import { quoteWords } from './quote-words.ts'

/**
 * What an agent's pane runs: Codex's app-server behind a private socket, and Codex itself as its client, so that a message needs no
 * key. The pane's process becomes Codex. Both end with each other and with the pane:
 *
 * - A server at work outlives the hang-up of its terminal until its turn is over. A watcher holds the other end of a pipe that the
 *   pane's process has open until it is gone, however that went, and then ends what is left of the process group, which has to be the
 *   pane's own.
 * - Codex would look for a lost server for ever. Whoever waits for the server ends it.
 *
 * Where the server does not come up, Codex runs without one, and messages are typed. What the server says, which is little, is kept in
 * `codex-server.log` for as long as it lives.
 */
const script = `#!/bin/sh
tmo_folder=$1
tmo_program=$2
shift 2
tmo_socket="$tmo_folder/codex-server"
tmo_alive="$tmo_folder/codex-alive"
tmo_joined="$tmo_folder/codex-joined"
# what a killed one left listens no more
rm -f "$(readlink "$tmo_socket")" "$tmo_socket" "$tmo_alive" "$tmo_joined"
(
  # a trap, not a deaf ear: that would be handed down to whatever the agent runs
  trap : HUP INT QUIT TERM
  /bin/sh "$tmo_folder/codex-server.sh"
  [ -e "$tmo_joined" ] && kill -TERM 0
) < /dev/null > "$tmo_folder/codex-server.log" 2>&1 &
tmo_server=$!
tmo_count=0
while [ ! -S "$tmo_socket" ] && [ $tmo_count -lt 600 ] && kill -0 $tmo_server 2> /dev/null; do
  sleep 0.05
  tmo_count=$((tmo_count + 1))
done
[ -S "$tmo_socket" ] && mkfifo -m 600 "$tmo_alive" || . "$tmo_folder/codex-alone.sh"
# before the watcher looks for it: a client may be gone at once
exec 9<> "$tmo_alive"
(
  trap '' HUP INT QUIT TERM
  { exec 9>&-; rm -f "$tmo_alive"; read -r word; } < "$tmo_alive"
  # one that is in a tool hears the first, and ends at the second
  tmo_count=0
  while kill -TERM 0 && kill -0 $tmo_server && [ $tmo_count -lt 40 ]; do
    sleep 0.05
    tmo_count=$((tmo_count + 1))
  done
  kill -KILL 0
) < /dev/null > /dev/null 2>&1 &
true > "$tmo_joined"
exec "$tmo_program" "$@" --remote "unix://$tmo_socket"
`

/** Where the server of an agent listens. */
export function codexSocket(stateDir: string): string {
  return join(stateDir, 'codex-server')
}

/** What Codex and its server are told. */
export interface CodexSettings {
  /** Of both, by name. */
  readonly common: readonly string[]
  /** What Codex refuses to be told once it is a client, by name; the server is told instead. */
  readonly server: readonly string[]
  /** The same, as Codex alone is told. */
  readonly alone: readonly string[]
}

/** Writes what the pane runs, and gives its argv. `words` are Codex's own, such as the brief. */
export async function codexPane(
  stateDir: string,
  path: string,
  { common, server, alone }: CodexSettings,
  words: readonly string[],
): Promise<readonly string[]> {
  const listen = ['--listen', `unix://${codexSocket(stateDir)}`]
  const serving = quoteWords([path, 'app-server', ...common, ...server, ...listen])
  await writeWhole(join(stateDir, 'codex-server.sh'), `exec ${serving}\n`, 0o600)
  await writeWhole(
    join(stateDir, 'codex-alone.sh'),
    `exec "$tmo_program" "$@" ${quoteWords(['--no-daemon', ...alone])}\n`,
    0o600,
  )
  const program = join(stateDir, 'codex.sh')
  await writeWhole(program, script, 0o700)
  return ['/bin/sh', program, stateDir, path, ...words]
}

const endMs = 3_000
const pollMs = 20

/**
 * Nobody looks for the server of an earlier life, which may be at its last tool still: it is waited for, since two on one conversation
 * would be in each other's way. Its socket is a link of Codex's own, to one with a short name in a folder that only its user may
 * enter; one that was killed leaves both.
 */
export async function forgetServer(stateDir: string): Promise<void> {
  const socket = codexSocket(stateDir)
  const target = await readlink(socket).catch(() => undefined)
  if (target !== undefined) {
    const end = performance.now() + endMs
    while ((await isListening(target)) && performance.now() < end) await setTimeout(pollMs)
  }
  for (const path of [...(target === undefined ? [] : [target]), socket]) await rm(path, { force: true })
}

async function isListening(path: string): Promise<boolean> {
  const socket = createConnection(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
