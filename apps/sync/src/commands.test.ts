import { checkCommands } from '@tmux-orchestrator/cli'
import { expect, it } from 'vitest'
import { syncCommands } from './commands.ts'

it('is well formed, and its examples parse', () => {
  expect(checkCommands({ name: 'tmo-sync', commands: syncCommands })).toEqual([])
})
