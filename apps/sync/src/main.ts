#!/usr/bin/env node
import { main } from '@tmux-orchestrator/cli'
import { syncCommands } from './commands.ts'

await main({
  name: 'tmo-sync',
  summary: 'How far a team’s branches are apart, what would conflict, and how conflicts were resolved.',
  version: __VERSION__,
  commands: syncCommands,
})
