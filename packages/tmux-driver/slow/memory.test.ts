import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { temporaryServer } from '../src/testing.ts'
import { runProgram } from '../test/run-program.ts'
import { isMissing, tmuxPrograms } from './tmux-programs.ts'

const megabyte = 1_000_000
const canRead = process.platform === 'linux'

async function residentBytes(pid: number): Promise<number> {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

describe.for(tmuxPrograms)('with $name', ({ tmux }) => {
  it.skipIf(!canRead || isMissing(tmux))(
    '500 panes of 2,000 lines take at most 0.6 GB in the server and 80 MB in the driver, and are looked at all the while',
    async () => {
      await using server = await temporaryServer({ tmux })
      const facts = await runProgram(new URL('programs/many-panes.ts', import.meta.url), {
        args: [server.socketPath, tmux],
      })
      const serverBytes = await residentBytes(server.tmux.server.pid)
      console.log(JSON.stringify({ tmux: server.tmux.version.text, serverBytes, ...Object(facts) }))
      expect(facts).toMatchObject({
        serverPid: server.tmux.server.pid,
        made: 500,
        histories: 500 * 2000,
        captured: 20 * 500,
        seen: 500,
      })
      expect(serverBytes).toBeLessThan(600 * megabyte)
      expect(facts).toEqual(
        expect.objectContaining({ peakBytes: expect.toSatisfy((peak) => peak < 80 * megabyte) }),
      )
    },
  )
})
