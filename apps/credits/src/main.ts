#!/usr/bin/env node
import { main } from '@tmux-orchestrator/cli'
import { creditsCommands } from './commands.ts'

await main({
  name: 'tmo-credits',
  summary: 'Who is held up by a limit, until when, and what happens then.',
  version: __VERSION__,
  commands: creditsCommands,
})
