import { type Command, defineCommand } from '@tmux-orchestrator/cli'
import { callerOf, refuseAgent } from '@tmux-orchestrator/daemon'
import { copyExample } from '../copy-example.ts'
import { runCommand } from './run.ts'

export const demoCommand: Command = defineCommand({
  name: 'demo',
  summary: 'The bundled example with simulated agents, to merged work.',
  description:
    'Nothing is simulated but the agent programs: tmux, git, worktrees, commits, verification and merges are real. It ends with the commands that look at what was made, and with those that remove it.',
  examples: ['tmo demo', 'tmo demo --json'],
  async run(input) {
    refuseAgent(callerOf(input.context.env), 'demo')
    const { project, spec } = await copyExample(input.context)
    const options = {
      ...{ project, spec: [spec], agent: 'sim', verify: 'sh verify.sh', wait: true },
      ...{ trust: false, trustHooks: false, dryRun: false },
    }
    return await runCommand.run({ ...input, options })
  },
})
