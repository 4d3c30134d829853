import { describe, expect, it } from 'vitest'
import { temporaryServer } from '../src/testing.ts'
import { runProgram } from '../test/run-program.ts'
import { isMissing, tmuxPrograms } from './tmux-programs.ts'

const megabyte = 1_000_000
const canRead = process.platform === 'linux'

const below = (limit: number): unknown => expect.toSatisfy((bytes: number) => bytes > 0 && bytes < limit)

describe.for(tmuxPrograms)('with $name', ({ tmux }) => {
  it.skipIf(!canRead || isMissing(tmux))(
    '500 panes of 2,000 lines take at most 0.6 GB in the server and 80 MB in the driver, and are looked at all the while',
    async () => {
      await using server = await temporaryServer({ tmux })
      const facts = await runProgram(new URL('programs/many-panes.ts', import.meta.url), {
        args: [server.socketPath, tmux],
      })
      console.log(JSON.stringify({ tmux: server.tmux.version.text, ...Object(facts) }))
      expect(facts).toMatchObject({
        made: 500,
        histories: 25 * 2000,
        captured: 5 * 500,
        seen: 500,
        serverBytes: below(600 * megabyte),
        peakBytes: below(80 * megabyte),
      })
    },
  )
})
