import { checkCommands } from '@tmux-orchestrator/cli'
import { expect, it } from 'vitest'
import { teamCommand } from './command.ts'

it('is well formed, and its examples parse', () => {
  expect(checkCommands({ name: 'tmo-team', commands: [], bare: teamCommand })).toEqual([])
})
