import type { Command } from '@tmux-orchestrator/cli'
import { mergeCommand } from './merge.ts'
import { nowCommand } from './now.ts'
import { resolveCommand } from './resolve.ts'
import { statusCommand } from './status.ts'

/** The commands of `tmo-sync`; `tmo sync` offers the same. */
export const syncCommands: readonly Command[] = [statusCommand, nowCommand, mergeCommand, resolveCommand]
