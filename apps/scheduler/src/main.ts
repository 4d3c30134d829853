#!/usr/bin/env node
import { main } from '@tmux-orchestrator/cli'
import { schedulerCommands } from './commands.ts'

await main({
  name: 'tmo-scheduler',
  summary: 'The daemon of this host and its jobs.',
  version: __VERSION__,
  commands: schedulerCommands,
})
