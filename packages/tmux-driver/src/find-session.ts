import type { CommandRunner } from './command-runner.ts'
import { requireName } from './creation.ts'
import { parseSessionId, type SessionId } from './ids.ts'
import { formatCommand } from './quote.ts'

/** The session of exactly this name. */
export async function findSession(runner: CommandRunner, name: string): Promise<SessionId | undefined> {
  const target = `=${requireName(name)}:`
  const [block] = await runner.run(formatCommand(['display-message', '-p', '-t', target, '#{session_id}']))
  const id = block?.lines[0] ?? ''
  if (id === '') return undefined
  runner.know([id])
  return parseSessionId(id)
}
