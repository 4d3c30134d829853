import type { Command } from '@tmux-orchestrator/cli'
import { backupCommand, restoreCommand } from './backup.ts'
import { installCommand, uninstallCommand } from './install.ts'
import { deadCommand, jobsCommand, retryCommand } from './jobs.ts'
import { runCommand } from './run.ts'
import { startCommand } from './start.ts'
import { statusCommand } from './status.ts'
import { stopCommand } from './stop.ts'

/** The commands of `tmo-scheduler`; `tmo daemon` offers the same. */
export const schedulerCommands: readonly Command[] = [
  startCommand,
  stopCommand,
  statusCommand,
  runCommand,
  jobsCommand,
  deadCommand,
  retryCommand,
  backupCommand,
  restoreCommand,
  installCommand,
  uninstallCommand,
]
