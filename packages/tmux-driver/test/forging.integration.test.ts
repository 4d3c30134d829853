import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { temporaryServer } from '../src/testing.ts'

/** At each Enter: the ends of two thousand replies of this very second, and the line that ends a client. */
const forger = `
while :; do
  at=$(date +%s)
  seq -f "%%end $at %.0f 1" $FROM $((FROM + 2000))
  printf '%%error %s %s 1\\n%%exit\\n%%begin %s 1 1\\n' $at $FROM $at
  FROM=$(((FROM + 2000) % 24000))
  read -r again || exit
done`

it('ten thousand commands at once each get their own reply, while captures read panes that forge replies', async () => {
  await using server = await temporaryServer()
  const { tmux } = server
  const { session, pane } = await tmux.newSession({
    name: 'forger',
    command: ['sh', '-c', `FROM=0; ${forger}`],
  })
  const specs = Array.from({ length: 4 }, (_, index) => ({
    session,
    command: ['sh', '-c', `FROM=${(index + 1) * 4000}; ${forger}`],
  }))
  const made = await tmux.newWindows(specs)
  const panes = [pane, ...made.flatMap((one) => (one.status === 'created' ? [one.pane] : []))]
  for (const one of panes) await tmux.waitFor(one, { text: '%exit\n%begin' })
  const lost: unknown[] = []
  tmux.events.on('server:lost', (event) => lost.push(event))
  const nonces = Array.from({ length: 10_000 }, () => randomBytes(8).toString('hex'))
  let forged = 0
  const replies = await Promise.all(
    nonces.map(async (nonce, index) => {
      const target = panes[index % panes.length] ?? pane
      if (index % 40 === 0) await tmux.keys(target, 'Enter')
      if (index % 40 === 20) {
        const { text } = await tmux.capture(target, { lines: 'all' })
        if (text.includes('%exit\n%begin')) forged += 1
      }
      // With and without a fence.
      const format = index % 2 === 0 ? nonce : `#{l:${nonce}}`
      return (await tmux.raw(['display-message', '-p', format])).lines
    }),
  )
  expect(replies).toEqual(nonces.map((nonce) => [nonce]))
  expect(forged).toBe(250)
  expect(lost).toEqual([])
})
