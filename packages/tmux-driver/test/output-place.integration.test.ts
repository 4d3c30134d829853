import { expect, it } from 'vitest'
import type { OutputEvent, PaneId } from '../src/index.ts'
import { textOf } from './taking.ts'
import { openWorkRoom } from './work-room.ts'

const rounds = 15

/** The numbers that the pane printed, as far as they were seen whole; with what stands between them where one is missing. */
function gapsIn(text: string): readonly string[] {
  const numbers = [...text.matchAll(/line (\d+)\r\n/g)].map(([, number]) => Number(number))
  return numbers.flatMap((number, at) => {
    const before = numbers[at - 1] ?? number - 1
    return number === before + 1 ? [] : [`${before} → ${number}`]
  })
}

it('a screen stands at its exact place in the output of its pane, whatever the other panes print', async () => {
  await using room = await openWorkRoom()
  const { tmux, work } = room
  const run = async (script: string): Promise<PaneId> =>
    (await tmux.newWindow({ session: work.session, command: ['sh', '-c', script] })).pane
  const floods = await Promise.all(
    Array.from({ length: 3 }, () => run('while :; do seq 1000 2000; sleep 0.02; done')),
  )
  const counting = await run('i=0; while :; do i=$((i+1)); echo "line $i"; done')
  const gaps: string[] = []
  for (let round = 0; round < rounds; round += 1) {
    const first = tmux.output([counting, ...floods])
    const events = await takeSome(first, counting)
    // Beside one that takes the pane already.
    const [more, second] = await Promise.all([
      takeSome(first, counting),
      takeSome(tmux.output(counting), counting),
    ])
    await first.return(undefined)
    for (const all of [[...events, ...more], second]) {
      gaps.push(...gapsIn(textOf({ events: all }, counting)))
      const count = (type: OutputEvent['type']): number => all.filter((event) => event.type === type).length
      expect(count('missed')).toBe(count('screen') - 1)
    }
  }
  expect(gaps).toEqual([])
})

/** What comes of the pane until it is 2,000 bytes. The stream can be taken further. */
async function takeSome(
  stream: AsyncGenerator<OutputEvent, void, undefined>,
  pane: PaneId,
): Promise<readonly OutputEvent[]> {
  const events: OutputEvent[] = []
  for (let bytes = 0; bytes < 2000; ) {
    const { value: event } = await stream.next()
    if (event === undefined) break
    if (!('pane' in event) || event.pane !== pane) continue
    events.push(event)
    if (event.type === 'bytes') bytes += event.bytes.length
  }
  return events
}
