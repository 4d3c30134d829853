import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseConversation } from '@tmux-orchestrator/agent-sim'
import { expect, it } from 'vitest'
import { Room, waitFor } from './room.ts'

const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n'

interface Messages {
  readonly submitted: number
  readonly refused: number
  readonly unknown: number
  readonly pending: number
}

it('a message of an agent that got lost in the prompt box is sent again, once its agent is at rest without it', async () => {
  await using room = new Room()
  const config = 'agentOptions:\n  swallow-enters: "3"\n  work-ms: "5000"\n'
  const project = await room.project({ 'spec.md': spec, '.tmo/config.yaml': config })
  const verify = `while [ ! -e '${room.folder}/go' ]; do sleep 0.1; done`
  const argv = ['--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  const { id } = await room.json<{ id: string }>([
    'run',
    ...argv,
    '--agent',
    'sim',
    '--trust',
    '--verify',
    verify,
  ])
  const developer = `${id}/developer`
  const explain = () =>
    room.json<{ verdict: { state: string }; box: { holds: string } }>(['explain', developer])
  const messages = async () => (await room.json<{ messages: Messages }>(['status', id])).messages
  await waitFor('idle', async () => (await explain()).verdict.state === 'idle')

  await room.tmo(['send', 'developer', 'mind the gap', '--wait', '0'], { env: room.identityOf(developer) })
  await waitFor('the message', async () => (await explain()).box.holds === 'ours')
  await room.press(id, 'developer', 'C-u')
  await waitFor('unknown', async () => (await messages()).unknown === 1)
  await room.press(id, 'developer', '-l', '--', 'what a person says')
  await waitFor('work', async () => {
    if ((await explain()).box.holds === 'text') await room.press(id, 'developer', 'Enter')
    return (await explain()).verdict.state === 'working'
  })
  await waitFor('the message at last', async () => (await messages()).submitted === 1)
  expect(await messages()).toEqual({ submitted: 1, refused: 0, unknown: 0, pending: 0 })
  const folder = join(room.home, 'agents/sim/conversations')
  const lines = readdirSync(folder).flatMap((name) =>
    parseConversation(readFileSync(join(folder, name), 'utf8')),
  )
  const taken = lines.filter((line) => line.type === 'user' && line.text.includes('mind the gap'))
  // not from its queue, where it would have come while it was at work
  expect(taken).toMatchObject([{ via: 'prompt' }])
})
