import { resolve } from 'node:path'
import { type Command, defineCommand, formatTable } from '@tmux-orchestrator/cli'
import { resolveHome } from '@tmux-orchestrator/daemon'
import type { IgnoredGrants, ProjectConfig } from '@tmux-orchestrator/orchestrator/plan'
import { wordsOfIgnored } from '../consent.ts'

interface ConfigAnswer {
  readonly home: string
  /** What the project's own settings would allow, and nobody has agreed to. */
  readonly ignored?: IgnoredGrants
  readonly values: readonly { readonly key: string; readonly value: unknown; readonly origin: string }[]
}

const variables = ['TMO_HOME', 'TMO_DATABASE_URL', 'TMO_TMUX_SOCKET', 'TMO_TMUX', 'TMO_HOST'] as const

export const configShowCommand: Command = defineCommand({
  name: 'config show',
  summary: 'What holds, and where it came from.',
  examples: ['tmo config show', 'tmo config show --project . --json'],
  options: [{ flag: '--project <dir>', description: 'whose settings', default: '.' }],
  async run({ options, context }): Promise<ConfigAnswer> {
    const { configDefaults, configKeys, loadConfig } = await import('@tmux-orchestrator/orchestrator/plan')
    const home = resolveHome(context.env)
    const project = await rootOrFolder(resolve(context.cwd, options.project))
    const { values, origins, ignored } = await loadConfig(project, context.env, home)
    if (ignored) context.warn(wordsOfIgnored(ignored))
    const settings = configKeys.map((key) => {
      const name = key as keyof ProjectConfig
      return { key, value: values[name] ?? configDefaults[name], origin: origins[name] ?? 'default' }
    })
    const environment = variables
      .filter((name) => context.env[name])
      .map((name) => ({ key: name, value: context.env[name], origin: 'environment' }))
    return { home, values: [...settings, ...environment], ...(ignored && { ignored }) }
  },
  render: (answer: ConfigAnswer) =>
    formatTable(
      [
        ['home', answer.home, ''],
        ...answer.values.map((one) => [
          one.key,
          one.value === null ? '-' : JSON.stringify(one.value),
          one.origin,
        ]),
      ],
      ['KEY', 'VALUE', 'FROM'],
    ),
})

/** Outside of a repository the settings of the folder itself are shown. */
async function rootOrFolder(folder: string): Promise<string> {
  const { findProjectRoot, isOrchestratorError } = await import('@tmux-orchestrator/orchestrator/plan')
  try {
    return await findProjectRoot(folder)
  } catch (error) {
    if (isOrchestratorError(error) && error.code === 'NOT_A_REPOSITORY') return folder
    throw error
  }
}
