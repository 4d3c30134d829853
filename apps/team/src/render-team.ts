import { type Context, formatTable, toPlainText } from '@tmux-orchestrator/cli'
import type { TeamAnswer } from './command.ts'

/** The team for people: who, why, and who owns which task. */
export function renderTeam(answer: TeamAnswer, { colors }: Pick<Context, 'colors'>): string {
  const { projectType, size, plan, agents, omitted, tasks } = answer
  const count = `${agents.length} ${agents.length === 1 ? 'agent' : 'agents'}`
  const lines = [colors.bold(`${count} for a ${size} ${projectType} on plan ${plan}`)]
  for (const line of answer.evidence) lines.push(`  ${colors.dim(line)}`)
  lines.push('')
  for (const { name, checkInMinutes, evidence } of agents) {
    lines.push(`${colors.bold(name)} ${colors.dim(`(check-in every ${checkInMinutes} min)`)}`)
    for (const line of evidence) lines.push(`  ${toPlainText(line)}`)
  }
  if (omitted.length > 0) {
    lines.push('', 'Left out')
    for (const { role, reason, evidence } of omitted)
      lines.push(`  ${role}: ${reason} (${evidence.join('; ')})`)
  }
  if (tasks.length > 0) {
    lines.push('', 'Tasks')
    lines.push(formatTable(tasks.map((task) => [`  ${task.id}`, task.owner, toPlainText(task.title)])))
  }
  return lines.join('\n')
}
