/** What a project's own commands are given: nothing of ours, nor of any agent's identity. */
export function cleanEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('TMO_') && !name.startsWith('TMUX')),
  )
}
