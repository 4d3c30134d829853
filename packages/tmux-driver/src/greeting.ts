import { ofAnchorPane } from './anchor-session.ts'
import { isTooOld, tooOld } from './connect-failure.ts'
import type { ControlConnection } from './control-connection.ts'
import { TmuxError } from './errors.ts'
import { isSessionId, isWindowId, type SessionId, type WindowId } from './ids.ts'
import { formatCommand } from './quote.ts'
import type { TmuxServer } from './tmux-server.ts'
import { introductionMs } from './unwanted-client.ts'
import { parseVersion, type TmuxVersion } from './version.ts'

/** A client's own session, with the window and the program that keep it alive. */
export interface Seat {
  readonly session: SessionId
  readonly window: WindowId
  readonly pid: number
}

/** What a new client is connected to. */
export interface Greeting {
  readonly version: TmuxVersion
  readonly server: TmuxServer
  readonly seat: Seat
}

/** Asks a new client what it is connected to. It answers before it is in its session: then it is asked again. */
export async function greet(connection: ControlConnection, anchor: string): Promise<Greeting> {
  const seatFormat = `#{session_id}\n${ofAnchorPane('#{window_id}')}\n${ofAnchorPane('#{pane_pid}')}`
  const format = `#{version}\n${seatFormat}\n#{pid}\n#{start_time}\n#{socket_path}`
  const line = formatCommand(['display-message', '-p', '-t', `=${anchor}:`, format])
  const end = performance.now() + introductionMs
  do {
    const [block] = await connection.request({ line, fenced: true, timeoutMs: introductionMs })
    const [text = '', session, window, anchorPid, pid, startedAt, ...path] = block?.lines ?? []
    const version = parseVersion(text)
    if (version === undefined && text !== '') {
      throw new TmuxError('COMMAND_FAILED', `tmux tells no version that can be read: ${JSON.stringify(text)}`)
    }
    if (version !== undefined && isTooOld(version)) throw tooOld(version)
    // Not yet there, or tmux gave up on some of it: see `unfinished.ts`.
    if (version === undefined || !isSessionId(session) || !isWindowId(window) || path.join('') === '')
      continue
    const server = { pid: Number(pid), startedAt: Number(startedAt), socketPath: path.join('\n') }
    return { version, server, seat: { session, window, pid: Number(anchorPid) } }
  } while (performance.now() < end)
  throw new TmuxError('TIMEOUT', `tmux did not tell which pane of session ${anchor} is our own`, {
    hint: 'A hook of yours (after-new-session) may have filled the window with others: set-hook -gu ends it.',
  })
}
