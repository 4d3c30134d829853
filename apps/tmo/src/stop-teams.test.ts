import { expect, it } from 'vitest'
import { type StopsTeams, stopTeams } from './stop-teams.ts'

it('names each team that stopped, with what was saved, also where another one does not stop', async () => {
  const call = async (name: string, { id = '' }: { id?: string }): Promise<object> => {
    if (name === 'orchestration.list')
      return { orchestrations: ['a', 'b', 'c', 'd'].map((one) => ({ id: one })) }
    if (id === 'b') throw new Error('no answer within 90000 ms')
    await new Promise((resolve) => setImmediate(resolve))
    return {
      id,
      state: id === 'd' ? 'stopping' : 'stopped',
      preserved: id === 'c' ? ['refs/tmo/preserved/c'] : [],
    }
  }
  expect(await stopTeams({ call } as unknown as StopsTeams)).toEqual({
    ended: ['team a', 'team c; saved in refs/tmo/preserved/c'],
    left: ['team b: no answer within 90000 ms', 'team d, stopping'],
  })
})
