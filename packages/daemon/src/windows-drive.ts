import { readFileSync } from 'node:fs'
import { DaemonError } from './errors.ts'

interface Mount {
  readonly device: string
  readonly folder: string
  readonly type: string
  readonly options: string
}

/**
 * The Windows drive on which a path lies inside WSL, as `C:`; `undefined` for every other file system.
 *
 * @param mounts the text of `/proc/mounts`
 */
export function windowsDriveOf(path: string, mounts: string): string | undefined {
  const [mount] = mounts
    .split('\n')
    .flatMap(parseMount)
    .filter(({ folder }) => folder === '/' || path === folder || path.startsWith(`${folder}/`))
    // Of two that are mounted on one folder the later one is seen.
    .reverse()
    .toSorted((a, b) => b.folder.length - a.folder.length)
  if (mount === undefined || !isWindows(mount)) return undefined
  return /^(?:drvfs)?([A-Z]):?\\?$/i.exec(mount.device)?.[1]?.concat(':').toUpperCase() ?? mount.device
}

/** WSL 1 has a type of its own; WSL 2 reaches Windows by 9p or virtiofs, under that name. */
function isWindows({ device, type, options }: Mount): boolean {
  if (type === 'drvfs') return true
  const isRemote = type === '9p' || type === 'virtiofs'
  return isRemote && (/(^|[,;])aname=drvfs/.test(options) || /^(drvfs|[A-Z]:)/i.test(device))
}

function parseMount(line: string): readonly Mount[] {
  const [device, folder, type, options] = line.split(' ').map(decode)
  return device && folder && type ? [{ device, folder, type, options: options ?? '' }] : []
}

/** The kernel writes blanks and backslashes as three octal digits. */
function decode(word: string): string {
  return word.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

/**
 * Refuses a home on a drive of Windows.
 *
 * @throws DaemonError HOME_UNUSABLE
 */
export function refuseWindowsDrive(home: string, mounts: string = readMounts()): void {
  const drive = windowsDriveOf(home, mounts)
  if (drive === undefined) return
  throw new DaemonError(
    'HOME_UNUSABLE',
    `cannot use ${home} as home: it lies on the Windows drive ${drive}, where a database is not safe, a socket cannot be made, and no mode keeps others out`,
    { hint: 'choose a folder of Linux, such as TMO_HOME="$HOME/.tmo"', details: { home } },
  )
}

/** Empty where the system has no such file. */
function readMounts(): string {
  try {
    return readFileSync('/proc/mounts', 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return ''
    throw error
  }
}
