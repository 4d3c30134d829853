import type { Command } from '@tmux-orchestrator/cli'
import { acceptCommand } from './commands/accept.ts'
import { agentListCommand } from './commands/agent.ts'
import { approveCommand, denyCommand } from './commands/approve.ts'
import { attachCommand } from './commands/attach.ts'
import { cleanCommand } from './commands/clean.ts'
import { configShowCommand } from './commands/config.ts'
import { costCommand } from './commands/cost.ts'
import { demoCommand } from './commands/demo.ts'
import { diffCommand } from './commands/diff.ts'
import { doctorCommand } from './commands/doctor.ts'
import { explainCommand } from './commands/explain.ts'
import { initCommand } from './commands/init.ts'
import { listCommand } from './commands/list.ts'
import { logsCommand } from './commands/logs.ts'
import { mcpCommand } from './commands/mcp.ts'
import { prCommand } from './commands/pr.ts'
import { inboxCommand, reportCommand } from './commands/report.ts'
import { restartCommand } from './commands/restart.ts'
import { resumeCommand } from './commands/resume.ts'
import { runCommand } from './commands/run.ts'
import { scheduleCommands } from './commands/schedule.ts'
import { sendCommand } from './commands/send.ts'
import { statusCommand } from './commands/status.ts'
import { stopCommand } from './commands/stop.ts'
import { taskCommands } from './commands/task.ts'
import { uninstallCommand } from './commands/uninstall.ts'

/** Everything that `tmo` can do, in the order of its help. */
export const commands: readonly Command[] = [
  runCommand,
  demoCommand,
  initCommand,
  listCommand,
  statusCommand,
  attachCommand,
  logsCommand,
  explainCommand,
  approveCommand,
  denyCommand,
  sendCommand,
  ...taskCommands,
  agentListCommand,
  ...scheduleCommands,
  reportCommand,
  inboxCommand,
  mcpCommand,
  diffCommand,
  costCommand,
  acceptCommand,
  prCommand,
  stopCommand,
  resumeCommand,
  cleanCommand,
  doctorCommand,
  configShowCommand,
  restartCommand,
  uninstallCommand,
]
