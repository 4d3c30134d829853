import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { freemem, release, totalmem } from 'node:os'
import { loginName } from '@tmux-orchestrator/daemon'

/** What is asked of the system about itself; a test hands in another one. */
export interface Machine {
  readonly platform: NodeJS.Platform
  readonly release: string
  /** The login name; undefined for a number without an account. */
  readonly user: string | undefined
  /** `undefined` when there is no such file. */
  read(file: string): string | undefined
  /** What a shell's `ulimit` answers. */
  ulimit(flag: '-n' | '-u'): string
  readonly memory: { readonly free: number; readonly total: number; readonly limit: number | undefined }
}

export function thisMachine(): Machine {
  const limit = process.constrainedMemory()
  return {
    platform: process.platform,
    release: release(),
    user: loginName(),
    read,
    ulimit: (flag) => execFileSync('/bin/sh', ['-c', `ulimit ${flag}`], { encoding: 'utf8', timeout: 5_000 }),
    // Without a limit it answers 0, or a number larger than any machine.
    memory: {
      free: freemem(),
      total: totalmem(),
      limit: limit > 0 && limit < totalmem() ? limit : undefined,
    },
  }
}

/** WSL is a Linux whose kernel Microsoft builds. */
export function isWsl({ platform, release }: Pick<Machine, 'platform' | 'release'>): boolean {
  return platform === 'linux' && /microsoft/i.test(release)
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined
    throw error
  }
}
