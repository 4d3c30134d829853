import type { Context } from '@tmux-orchestrator/cli'

/** Without the simulated one, which is always there: it is for trying, and only when somebody names it. */
export async function listInstalled({ env, signal }: Context): Promise<readonly string[]> {
  const { adapterFor, listPrograms } = await import('@tmux-orchestrator/agents')
  const programs = listPrograms().filter((program) => program !== 'sim')
  const found = await Promise.all(programs.map((program) => adapterFor(program, { env }).detect({ signal })))
  return programs.filter((_, at) => found[at]?.status !== 'missing')
}
