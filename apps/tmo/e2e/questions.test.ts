import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { isAlive, Room, waitFor } from './room.ts'
import { installClaude, spec } from './stand-in-claude.ts'

/** A question of Claude Code as its hook was given it. */
function recorded(): object {
  const file = new URL('../../../packages/agents/fixtures/claude/hooks-command.tsv', import.meta.url)
  const lines = readFileSync(file, 'utf8').split('\n')
  const line = lines.find((one) => one.includes('"PermissionRequest"') && one.includes('AskUserQuestion'))
  return JSON.parse(line?.split('\t').at(-1) ?? '')
}

interface View {
  readonly permissions: readonly object[]
  readonly questions: readonly { readonly request: string; readonly question: string }[]
}

const view = (room: Room, id: string) => room.json<View>(['status', id])
const asked = async (room: Room, id: string) => (await view(room, id)).questions

/** What was said of questions, as `tmo logs` prints it. */
async function told(room: Room, id: string): Promise<string[]> {
  const { stdout } = await room.tmo(['logs', id])
  return stdout.split('\n').flatMap((line) => /\s(question:.*)/.exec(line)?.[1] ?? [])
}

async function kill(room: Room): Promise<void> {
  const pid = await waitFor('the daemon', () => room.daemonPid())
  process.kill(pid, 'SIGKILL')
  await waitFor('its end', () => !isAlive(pid))
}

it('a question is told once with its text, answered in its window alone, and gone when its agent goes on', async () => {
  await using room = new Room()
  const claude = installClaude(room)
  const project = await room.project({
    'spec.md': spec,
    '.tmo/config.yaml': "permissions: { '*': { allow: ['*'] } }\n",
  })
  const argv = ['--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer', '--trust']
  const { id } = await room.json(['run', ...argv, '--agent', 'claude'])
  const target = `${id}/developer`
  claude.ask(recorded())
  expect(await claude.answer(), 'an allow would answer nothing').toBe('')
  await waitFor('the question', async () => (await asked(room, id)).length === 1)
  expect(await view(room, id)).toMatchObject({
    permissions: [],
    questions: [{ agent: 'developer', question: 'Which color?', choices: ['Red', 'Blue'] }],
  })
  const shown = /asks since .*: Which color\? \(Red · Blue\)/
  const bare = await room.tmo([])
  expect([bare.code, bare.stdout]).toEqual([3, expect.stringMatching(shown)])
  expect(bare.stdout).toContain(`tmo attach ${target}`)
  expect(bare.stdout.split('needs you'), 'it is said once').toHaveLength(2)
  expect((await room.tmo(['status', id])).stdout).toMatch(shown)

  for (const verb of ['approve', 'deny']) {
    const tried = await room.tmo([verb, target])
    expect([tried.code, tried.stderr]).toEqual([1, expect.stringContaining('asks a question')])
    expect(tried.stderr).toMatch(/Which color\?[\s\S]*hint: .*tmo attach /)
  }

  await kill(room)
  await room.json(['list'])
  expect(await asked(room, id)).toHaveLength(1)
  await claude.work({ input_tokens: 1, output_tokens: 1 })
  await waitFor('its end', async () => (await asked(room, id)).length === 0)
  expect((await room.tmo([])).code).toBe(0)
  expect(await told(room, id)).toEqual([
    'question:asked developer Which color? (Red · Blue)',
    expect.stringMatching(/^question:gone developer after \d/),
  ])
  const again = await room.tmo(['approve', target])
  expect(again.stderr).toContain('waits for no permission')
})
