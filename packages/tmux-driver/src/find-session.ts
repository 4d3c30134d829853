import type { CommandRunner } from './command-runner.ts'
import { requireName } from './creation.ts'
import { parseSessionId, type SessionId } from './ids.ts'
import { formatCommand } from './quote.ts'
import { askToTheEnd, seal, unfinishedError } from './unfinished.ts'

/** The session of exactly this name. */
export async function findSession(runner: CommandRunner, name: string): Promise<SessionId | undefined> {
  const target = `=${requireName(name)}:`
  const line = formatCommand(['display-message', '-p', '-t', target, `#{session_id} ${seal}`])
  const id = await askToTheEnd(async () => {
    const [block] = await runner.run(line)
    const [id = '', sealed] = (block?.lines[0] ?? '').split(' ')
    if (sealed !== '1') throw unfinishedError(`whether there is a session ${name}`, block?.lines[0])
    return id
  })
  if (id === '') return undefined
  runner.know([id])
  return parseSessionId(id)
}
