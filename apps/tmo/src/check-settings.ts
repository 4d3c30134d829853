import type { Context } from '@tmux-orchestrator/cli'
import { resolveHome } from '@tmux-orchestrator/daemon'
import type { ProjectConfig } from '@tmux-orchestrator/orchestrator'
import type { Finding } from './finding.ts'

/** Whether a project's settings can be read, and what holds there. */
export async function checkSettings(
  context: Context,
  project: string,
): Promise<{ readonly finding: Finding; readonly values?: ProjectConfig }> {
  const { isOrchestratorError, loadConfig } = await import('@tmux-orchestrator/orchestrator/plan')
  const line = { what: 'settings', isNeeded: true }
  try {
    const { values } = await loadConfig(project, context.env, resolveHome(context.env))
    return { finding: { ...line, ok: true, found: `those of ${project}`, remedy: null }, values }
  } catch (error) {
    if (!isOrchestratorError(error)) throw error
    return { finding: { ...line, ok: false, found: error.message, remedy: error.hint ?? 'correct the file' } }
  }
}
