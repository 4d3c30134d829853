import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { isTmuxError, Tmux } from '../src/index.ts'
import { temporaryServer } from '../src/testing.ts'
import { seededRandom } from '../test/seeded-random.ts'
import { isMissing, tmuxPrograms } from './tmux-programs.ts'

const isSlice = process.env['TMO_SLICE'] !== undefined
const rounds = isSlice ? 8 : 50
const inFlight = 1000
/** How soon commands are answered again, at the latest, once there is a server to connect to. */
const backWithinMs = 5000

/** What is ended at a random instant, by a signal that nobody can catch or by a command of somebody else. */
const victims = {
  server: async (tmux: Tmux) => void process.kill(tmux.server.pid, 'SIGKILL'),
  client: async (_: Tmux, clientPid: number) => void process.kill(clientPid, 'SIGKILL'),
  'anchor session': async (_tmux: Tmux, _clientPid: number, other: Tmux, anchor: string) =>
    void (await other.raw(['kill-session', '-t', `=${anchor}`]).catch(ignoreLoss)),
} as const

function ignoreLoss(error: unknown): void {
  if (!isTmuxError(error, 'NO_SUCH_TARGET')) throw error
}

/** What it answers; one that was on its way when the connection ended is lost too, and whoever repeats it is answered. */
async function ask(tmux: Tmux): Promise<readonly string[] | 'lost'> {
  try {
    return (await tmux.raw(['display-message', '-p', 'again'], { timeoutMs: backWithinMs })).lines
  } catch (error) {
    if (isTmuxError(error, 'SERVER_LOST')) return 'lost'
    throw error
  }
}

describe.for(tmuxPrograms)('with $name', ({ tmux: program }) => {
  it.skipIf(isMissing(program)).each(Object.keys(victims) as (keyof typeof victims)[])(
    `each of ${inFlight} commands settles when the %s is killed among them, ${rounds} times over, and the next ones are answered soon`,
    async (victim) => {
      const next = seededRandom(7)
      await using server = await temporaryServer({ tmux: program })
      const { tmux, socketPath } = server
      let settled = 0
      let lost = 0
      let memory = 0
      for (let round = 0; round < rounds; round += 1) {
        await tmux.newSession({ name: `round-${round}`, command: ['cat', '-'] })
        await using other = await Tmux.open({ socket: { path: socketPath }, tmux: program })
        const format = '#{client_pid} #{client_session}'
        const [described = ''] = (await tmux.raw(['display-message', '-p', format])).lines
        const [pid, anchor = ''] = described.split(' ')
        const sends = Array.from({ length: inFlight }, (_, n) =>
          n % 2 === 0
            ? tmux.raw(['display-message', '-p', String(n)])
            : tmux.raw(['display-message', '-p', `#{l:${n}}`]),
        )
        const results = Promise.allSettled(sends)
        await setTimeout(next() * 15)
        await victims[victim](tmux, Number(pid), other, anchor)
        for (const [n, outcome] of (await results).entries()) {
          settled += 1
          if (outcome.status === 'fulfilled') {
            expect(outcome.value.lines).toEqual([String(n)])
          } else {
            lost += 1
            expect(isTmuxError(outcome.reason, 'SERVER_LOST'), String(outcome.reason)).toBe(true)
          }
        }
        await expect.poll(() => ask(tmux), { timeout: backWithinMs }).toEqual(['again'])
        if (round === 4) memory = process.memoryUsage().rss
      }
      expect(settled).toBe(rounds * inFlight)
      // Every round lost some, or the killing came too late to prove anything.
      expect(lost).toBeGreaterThan(rounds)
      if (!isSlice) expect(process.memoryUsage().rss - memory).toBeLessThan(64 * 1024 * 1024)
    },
  )
})
