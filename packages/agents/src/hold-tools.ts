import { mkdir, rm, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeWhole } from './files.ts'
import { harmless } from './quote-words.ts'

/**
 * The hook before each tool. While a message is typed it waits, so that no dialog opens between the last look and Enter: what is
 * drawn tells of a dialog only after it takes keys. It notes when it let a tool begin, and waits for nobody who has ended.
 */
const script = `#!/bin/sh
# not the colon, which ends the shell where it cannot write, with the code that forbids the tool
true 2> /dev/null > "$1/looked"
count=0
while [ -e "$1/held" ] && [ $count -lt 500 ]; do
  pid=
  read -r pid 2> /dev/null < "$1/held"
  kill -0 "$pid" 2> /dev/null || break
  sleep 0.05
  count=$((count + 1))
done
# no message takes so long: another process has that number by now
[ $count -lt 500 ] || rm -f "$1/held"
true 2> /dev/null > "$1/passed"
exec cat > /dev/null
`
/** As long as the script waits, and some; it waits longer than a message may take. */
export const holdTimeoutSeconds = 45

/** By then the dialog of a tool that was let go stands on the screen. */
const drawnMs = 1_500
function folderOf(stateDir: string): string {
  return join(stateDir, 'tools')
}

/** Writes the hook; nothing of an earlier life holds it. */
export async function writeHoldHook(stateDir: string): Promise<void> {
  await rm(folderOf(stateDir), { recursive: true, force: true })
  await mkdir(folderOf(stateDir), { recursive: true, mode: 0o700 })
  await writeWhole(join(stateDir, 'hold.sh'), script, 0o700)
}

export function holdCommand(stateDir: string): string {
  return harmless(['/bin/sh', join(stateDir, 'hold.sh'), folderOf(stateDir)])
}

export interface HoldOptions {
  /** Asked once tools are held back: outside of a turn none can have been let go. */
  readonly isInTurn: () => Promise<boolean>
  readonly signal: AbortSignal | undefined
}

/** Holds back whatever could ask, once what was let go has asked. Gives the end of that; every second of it may be the agent's. */
export async function holdTools(stateDir: string, options: HoldOptions): Promise<() => Promise<void>> {
  const { isInTurn, signal } = options
  const folder = folderOf(stateDir)
  await writeWhole(join(folder, 'held'), `${process.pid}\n`, 0o600)
  const release = (): Promise<void> => unlink(join(folder, 'held')).catch(ignoreAbsence)
  try {
    if (!(await isInTurn())) return release
    // A hook notes that it looks before it does: it has seen what is held by now, or its note is seen here.
    const notes = ['looked', 'passed'].map((name) => stat(join(folder, name)).catch(ignoreAbsence))
    const newest = Math.max(...(await Promise.all(notes)).map((note) => note?.mtimeMs ?? 0))
    const leftMs = Math.min(drawnMs, newest + drawnMs - Date.now())
    if (leftMs > 0) await sleep(leftMs, undefined, signal && { signal })
    return release
  } catch (error) {
    await release()
    signal?.throwIfAborted()
    throw error
  }
}

function ignoreAbsence(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
  throw error
}
