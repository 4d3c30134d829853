import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'

const places = ['/usr/bin/setpriv', '/bin/setpriv']
const askMs = 5000

let found: Promise<readonly string[] | undefined> | undefined

/**
 * Words to put before a command so that its process is killed when the thread that starts it ends, in whatever way; none where that
 * cannot be had. It takes Linux and the setpriv of util-linux; that of busybox has no such option.
 */
export async function untilParentDeath(
  platform: NodeJS.Platform = process.platform,
): Promise<readonly string[]> {
  if (platform !== 'linux') return []
  found ??= findSetpriv()
  const words = await found
  if (words === undefined) found = undefined
  return words ?? []
}

/** `undefined`: it could not be asked, and may be later. */
async function findSetpriv(): Promise<readonly string[] | undefined> {
  for (const place of places) {
    const isThere = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    )
    const words = [place, '--pdeathsig', 'KILL', '--']
    if (!isThere) continue
    const answer = await runs([...words, place, '--version'])
    if (answer !== 'no') return answer === 'yes' ? words : undefined
  }
  return []
}

function runs([program = '', ...args]: readonly string[]): Promise<'yes' | 'no' | 'unknown'> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: askMs, killSignal: 'SIGKILL', maxBuffer: 4096 }, (error) => {
      if (error === null) resolve('yes')
      else resolve(typeof error.code === 'number' ? 'no' : 'unknown')
    })
  })
}
