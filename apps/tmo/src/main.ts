import { main } from '@tmux-orchestrator/cli'
import { bareCommand } from './commands/bare.ts'
import { commands } from './commands.ts'
import { exitCodeOf } from './exit-code-of.ts'
import { helpTools, runTool } from './tools.ts'

const argv = process.argv.slice(2)
const tool = await runTool(argv)
if (tool === undefined) {
  await main({
    name: 'tmo',
    summary: 'Teams of AI coding agents in tmux: a spec in, verified and merged work out.',
    version: __VERSION__,
    commands,
    bare: bareCommand,
    tools: helpTools,
    argv,
    exitCodeOf,
  })
} else {
  process.exitCode = tool
}
