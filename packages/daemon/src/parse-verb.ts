import type { Identity, VerbRequest } from '@tmux-orchestrator/orchestrator'

const idPattern = /^[0-9a-zA-Z-]{8,64}$/

/** What an agent's program asks for, from the socket or from the spool; `undefined` when it is no verb. */
export function parseVerb(value: unknown, as: Identity): VerbRequest | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { id, argv, stdin, cwd, at }: Record<string, unknown> = { ...value }
  if (typeof id !== 'string' || !idPattern.test(id)) return undefined
  if (!Array.isArray(argv) || !argv.every((word): word is string => typeof word === 'string'))
    return undefined
  if (typeof cwd !== 'string' || !Number.isSafeInteger(at)) return undefined
  if (stdin !== undefined && typeof stdin !== 'string') return undefined
  return { id, argv, cwd, as, at: Number(at), ...(stdin === undefined ? {} : { stdin }) }
}

/**
 * A file of the spool as a request; `undefined` when it is JSON and no verb.
 *
 * @throws SyntaxError when it is not JSON
 */
export function parseSpooledVerb(text: string): VerbRequest | undefined {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null) return undefined
  const { agent, token }: Record<string, unknown> = { ...value }
  if (typeof agent !== 'string' || typeof token !== 'string') return undefined
  return parseVerb(value, { agent, token })
}
