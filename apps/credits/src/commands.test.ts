import { checkCommands } from '@tmux-orchestrator/cli'
import { expect, it } from 'vitest'
import { creditsCommands } from './commands.ts'

it('is well formed, and its examples parse', () => {
  expect(checkCommands({ name: 'tmo-credits', commands: creditsCommands })).toEqual([])
})
