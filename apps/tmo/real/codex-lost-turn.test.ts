import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ModelRequestRecord, openModelServer } from '@tmux-orchestrator/agent-sim/model'
import { expect, it } from 'vitest'
import { Room, type RunDocument, waitFor } from '../e2e/room.ts'
import { binOf } from './bins.ts'

const codex = binOf('@openai/codex', '0.169.0', 'codex')
const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n'

/** A room with the real Codex on its PATH, whose model is at `url`. */
async function openCodexRoom(url: string): Promise<Room> {
  const room = new Room()
  const config = [
    'model_provider = "simulated"',
    'model = "gpt-5.5"',
    'check_for_update_on_startup = false',
    '[model_providers.simulated]',
    'name = "simulated"',
    `base_url = "${url}/v1"`,
    'wire_api = "responses"',
    'env_key = "SIMULATED_KEY"',
    '[analytics]',
    'enabled = false',
    '[features]',
    'daemon_auto_start = false',
    '[notice.model_migrations]',
    '"gpt-5.5" = "gpt-6-sol"',
  ]
  const [folder, temporary] = [join(room.folder, 'user', '.codex'), join(room.folder, 'tmp')]
  await mkdir(folder)
  await mkdir(temporary)
  await writeFile(join(folder, 'config.toml'), `${config.join('\n')}\n`)
  const path = `${codex.bin}:${room.env['PATH']}`
  Object.assign(room.env, { PATH: path, SIMULATED_KEY: 'sk-dummy', TMPDIR: temporary })
  return room
}

/** What was given to the turn that runs, by the adapter's own note. */
function handedOver(room: Room): readonly unknown[] {
  const note = readdirSync(room.home, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('codex-handed-over.json'),
  )
  const { tokens = [] } = note ? JSON.parse(readFileSync(join(room.home, note), 'utf8')) : {}
  return tokens
}

it.runIf(codex.isHere)(
  'a message of an agent that was handed to a turn of Codex which a person broke off is given to it once it is at rest',
  async () => {
    await using model = await openModelServer()
    await using room = await openCodexRoom(model.url)
    const project = await room.project({ 'spec.md': spec })
    const argv = ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'codex']
    const { id } = await room.json([...argv, '--roles', 'developer', '--verify', 'test -e never', '--trust'])
    const developer = `${id}/developer`
    const state = async (): Promise<string> =>
      (await room.json<{ verdict: { state: string } }>(['explain', developer])).verdict.state
    const messages = async (): Promise<RunDocument['messages']> => (await room.json(['status', id])).messages
    await waitFor('rest', async () => (await state()) === 'idle')
    await room.json(['send', developer, '<<bash sleep 60>> <<text done>>'])
    await waitFor('work', async () => (await state()) === 'working')
    const own = { env: room.identityOf(developer) }
    await room.tmo(['send', 'developer', 'mind the gap', '--wait', '0'], own)
    await waitFor('both handed over', () => handedOver(room).length === 2)
    await room.press(id, 'developer', 'Escape')
    await waitFor('unknown', async () => (await messages()).unknown === 1)
    const hears = ({ userText }: ModelRequestRecord): boolean => userText.includes('mind the gap')
    await model.waitForRequest(hears, { timeoutMs: 60_000 })
    await waitFor('the outcome', async () => (await messages()).submitted === 2)
    expect(await messages()).toMatchObject({ submitted: 2, refused: 0, unknown: 0 })
  },
)
