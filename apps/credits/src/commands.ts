import type { Command } from '@tmux-orchestrator/cli'
import { clearCommand } from './clear.ts'
import { planCommand } from './plan.ts'
import { statusCommand } from './status.ts'

/** The commands of `tmo-credits`; `tmo credits` offers the same. */
export const creditsCommands: readonly Command[] = [statusCommand, planCommand, clearCommand]
