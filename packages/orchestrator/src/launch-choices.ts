import type { LaunchChoices } from '@tmux-orchestrator/agents'

/** A run's choices for its agent program: some have names of their own, the others are the program's alone. */
export function launchChoices(
  programOptions: Readonly<Record<string, string>>,
): Required<Pick<LaunchChoices, 'options'>> & LaunchChoices & { readonly model?: string } {
  const { model, permissionMode, ...options } = programOptions
  return {
    ...(model === undefined ? {} : { model }),
    ...(permissionMode === undefined ? {} : { permissionMode }),
    options,
  }
}
