import type { CommandMap, CommandName } from './command-map.ts'
import * as agents from './commands/agents.ts'
import * as branches from './commands/branches.ts'
import { endError, seeError } from './commands/errors.ts'
import * as jobs from './commands/jobs.ts'
import * as limits from './commands/limits.ts'
import * as messages from './commands/messages.ts'
import * as orchestrations from './commands/orchestrations.ts'
import { leavePermission, seePermissions, settlePermission } from './commands/permissions.ts'
import * as preparations from './commands/preparations.ts'
import { seeQuestions } from './commands/questions.ts'
import { addReport } from './commands/reports.ts'
import { record } from './commands/rows.ts'
import * as schedules from './commands/schedules.ts'
import * as tasks from './commands/tasks.ts'
import { addActivityTime, recordUsage } from './commands/usage.ts'
import type { CommandContext, Database } from './ledger.ts'
import { runCommand } from './ledger.ts'

type Commands = {
  readonly [N in CommandName]: (
    tx: Database,
    args: CommandMap[N]['args'],
    context: CommandContext,
  ) => Promise<CommandMap[N]['result']>
}

/** Every write of this package by name: a change of state and the jobs it causes commit together. */
export const commands: Commands = {
  'host.register': orchestrations.registerHost,
  'run.create': orchestrations.createRun,
  'orchestration.desire': orchestrations.desire,
  'orchestration.state': orchestrations.setOrchestrationState,
  'orchestration.finish': orchestrations.finish,
  'orchestration.integration': orchestrations.setIntegration,
  'orchestration.verified': orchestrations.setVerified,
  'orchestration.removed': orchestrations.setRemoved,
  'agent.ports': preparations.setPorts,
  'agent.settingUp': preparations.markSettingUp,
  'agent.prepared': preparations.markPrepared,
  'agent.unprepared': preparations.markUnprepared,
  'agent.repaired': preparations.markRepaired,
  'agent.launching': agents.markLaunching,
  'agent.pasting': agents.markPasting,
  'agent.pane': agents.setPane,
  'agent.briefed': agents.markBriefed,
  'agent.exited': agents.markExited,
  'agent.continue': agents.continueAgent,
  'agent.state': agents.setAgentState,
  'agent.integrated': agents.markIntegrated,
  'branch.state': branches.setBranchState,
  'branch.integrate': orchestrations.integrateReported,
  'merge.record': branches.recordMerge,
  'message.create': messages.createMessages,
  'message.settle': messages.settleMessage,
  'outbox.claim': messages.claimDeliveries,
  'inbox.read': messages.readInbox,
  'permission.seen': seePermissions,
  'permission.settle': settlePermission,
  'permission.leave': leavePermission,
  'usage.record': recordUsage,
  'activity.spent': addActivityTime,
  'limit.seen': limits.seeLimit,
  'limit.over': limits.endLimit,
  'limit.resume': limits.resumeLimited,
  'limit.clear': limits.clearLimit,
  'error.seen': seeError,
  'error.over': endError,
  'question.seen': seeQuestions,
  'task.add': tasks.addTask,
  'task.assign': tasks.assignTask,
  'task.set': tasks.setTask,
  'report.add': addReport,
  'schedule.add': schedules.addSchedule,
  'schedule.cancel': schedules.cancelSchedule,
  'jobs.tick': jobs.tickJobs,
  'jobs.claim': jobs.claim,
  'jobs.extend': jobs.extend,
  'jobs.complete': jobs.complete,
  'jobs.release': jobs.release,
  'jobs.fail': jobs.fail,
  'event.add': async (tx, args, context) => {
    await record(tx, context, args.stream, args.kind, args.subject ?? null, {
      detail: JSON.stringify(args.data ?? null),
    })
    return null
  },
  once: async (tx, args, context) => {
    if (!(await jobs.isFirst(tx, args.key, context))) return { replayed: true, result: null }
    return { replayed: false, result: await runCommand(tx, args.command, args.args, context) }
  },
}
