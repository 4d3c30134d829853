import type { Context } from '@tmux-orchestrator/cli'
import { resolveHome, socketPath, tmuxSocket, tmuxSocketPath } from '@tmux-orchestrator/daemon'
import type { Finding } from './finding.ts'

/** What the system call takes: 104 bytes on macOS, 108 on Linux, with a closing zero. */
const bytesMax = { darwin: 103, linux: 107 } as const

/** Sockets have short names, or none; of the two it is tmux's that people can make too long. */
export function checkSockets({ env }: Pick<Context, 'env'>, platform: NodeJS.Platform): Finding {
  const home = resolveHome(env)
  const max = platform === 'darwin' ? bytesMax.darwin : bytesMax.linux
  const paths = [socketPath(home, env), tmuxSocketPath(tmuxSocket(home, env), env)]
  const long = paths.find((path) => Buffer.byteLength(path) > max)
  const found = paths.map((path) => `${path} (${Buffer.byteLength(path)} bytes)`).join(', ')
  return {
    what: 'sockets',
    ok: long === undefined,
    found: long === undefined ? found : `${found}: more than the ${max} bytes that the system takes`,
    remedy: long === undefined ? null : 'export TMUX_TMPDIR=/tmp, and leave TMO_TMUX_SOCKET unset',
    isNeeded: true,
  }
}
