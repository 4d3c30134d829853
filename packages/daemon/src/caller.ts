import { DaemonError } from './errors.ts'
import type { Environment } from './home.ts'
import type { Identity } from './protocol.ts'

/** Whom a program in this environment speaks for: in an agent's pane that agent, else a person (`undefined`). */
export function callerOf(env: Environment): Identity | undefined {
  const agent = env['TMO_AGENT']
  return agent ? { agent, token: env['TMO_TOKEN'] ?? '' } : undefined
}

/**
 * Nothing that an agent reads may make it do what is for people.
 *
 * @throws DaemonError NOT_ALLOWED
 */
export function refuseAgent(as: Identity | undefined, request: string): void {
  if (as === undefined) return
  throw new DaemonError('NOT_ALLOWED', `agents may not ask for ${request}`, {
    hint: 'it is for people; tmo report blocked "what you need" tells them',
    details: { request },
  })
}
