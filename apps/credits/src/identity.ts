import type { Context } from '@tmux-orchestrator/cli'
import type { CallOptions } from '@tmux-orchestrator/daemon'

/** In an agent's pane a command speaks for the agent, who may do less than a person. */
export function identity({ env, signal }: Context): CallOptions {
  const agent = env['TMO_AGENT']
  return { signal, ...(agent ? { as: { agent, token: env['TMO_TOKEN'] ?? '' } } : {}) }
}
