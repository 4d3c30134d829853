#!/usr/bin/env node
import { main } from '@tmux-orchestrator/cli'
import { teamCommand } from './command.ts'

await main({
  name: 'tmo-team',
  summary: teamCommand.summary,
  version: __VERSION__,
  commands: [],
  bare: teamCommand,
})
