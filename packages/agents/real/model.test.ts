import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newToken, waitFor } from './agent.ts'
import { programsOfTheDay } from './programs.ts'
import { openRoom } from './room.ts'

describe.each(programsOfTheDay)('the simulated model, for $name $version,', (program) => {
  it.skipIf(!program.isHere)(
    'calls its tools, survives a failure, talks, and takes the program’s own questions for no turn',
    async () => {
      await using room = await openRoom(program)
      const token = newToken('b')
      const prompt = `[brief ${token}] Do it: <<<bash echo once >> proof>>> <<500 1>> <<text all is well>>`
      const pane = await room.start(program.argv(prompt))
      const screen = async (): Promise<string> => (await room.tmux.capture(pane, { lines: 200 })).text
      const isSaid = async (): Promise<boolean> => /ok after 500/.test(await screen())
      await waitFor(() => 'its last words', isSaid, { timeoutMs: 120_000, describe: screen })
      expect(await readFile(join(room.project, 'proof'), 'utf8')).toBe('once\n')
      const turns = room.model.requests().filter(({ purpose }) => purpose === 'turn')
      expect(new Set(turns.map(({ userText }) => userText))).toEqual(new Set([prompt]))
      expect(turns.map(({ turn, outcome }) => [turn, outcome])).toEqual([
        [0, { kind: 'answered', status: 200 }],
        [1, { kind: 'answered', status: 500 }],
        [1, { kind: 'answered', status: 200 }],
      ])
    },
  )
})
