import { spawnSync } from 'node:child_process'

export const hasNamespaces: boolean =
  process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0

/** Words before a command: a place in which no program can be told to end with another. */
export const withoutSetpriv: readonly string[] = [
  'unshare',
  '-rm',
  'sh',
  '-c',
  'mount --bind /dev/null /usr/bin/setpriv; exec "$@"',
  'sh',
]
