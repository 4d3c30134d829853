import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isAlive, Room, waitFor } from './room.ts'
import { installClaude, spec, startTeam } from './stand-in-claude.ts'

interface View {
  readonly errors: readonly { readonly kind: string; readonly needsYou: boolean }[]
}

const errors = async (room: Room, id: string) => (await room.json<View>(['status', id])).errors

/** What was said of errors, as `tmo logs` prints it. */
async function told(room: Room, id: string): Promise<string[]> {
  const { stdout } = await room.tmo(['logs', id])
  return stdout.split('\n').flatMap((line) => /\s(error:.*)/.exec(line)?.[1] ?? [])
}

/** Whether the daemon that runs now has looked at the agent. */
function isKept(room: Room, id: string): boolean {
  const keeper = join(room.home, 'orchestrations', id, 'developer', 'permissions', 'keeper')
  return readFileSync(keeper, 'utf8').trim() === String(room.daemonPid())
}

async function kill(room: Room): Promise<void> {
  const pid = await waitFor('the daemon', () => room.daemonPid())
  process.kill(pid, 'SIGKILL')
  await waitFor('its end', () => !isAlive(pid))
}

interface Listed {
  readonly orchestrations: readonly { readonly id: string; readonly state: string }[]
}

it('a run that is waited for says what stops an agent and what it asks, with the window where it is answered', async () => {
  await using room = new Room()
  const claude = installClaude(room)
  const project = await room.project({ 'spec.md': spec })
  const argv = ['--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  const running = room.tmo(['run', ...argv, '--agent', 'claude', '--wait'])
  const { id } = await waitFor('the team', async () =>
    (await room.json<Listed>(['list'])).orchestrations.find(({ state }) => state === 'running'),
  )
  await claude.fail('authentication_failed', 401)
  await waitFor('the error', async () => (await told(room, id)).length === 1)
  claude.ask({ tool_name: 'AskUserQuestion', tool_input: { questions: [{ question: 'Which one?' }] } })
  expect(await claude.answer()).toBe('')
  await waitFor('the question', async () => (await room.tmo(['logs', id])).stdout.includes('question:asked'))
  await room.json(['stop', id])
  const { stderr } = await running
  const next = `\n    answer it: tmo attach ${id}/developer`
  expect(stderr).toContain(
    `${id} developer stands still: its login or key is refused: authentication_failed${next}`,
  )
  expect(stderr).toContain(`${id} developer asks: Which one?${next}`)
})

describe('an agent whose turn fails', () => {
  it('needs a human at once without a login, which is told once by all daemons, until it works again', async () => {
    await using room = new Room()
    const { id, claude } = await startTeam(room)
    const target = `${id}/developer`
    expect((await room.tmo([])).code).toBe(0)
    await claude.fail('authentication_failed', 401)
    await waitFor('the error', async () => (await errors(room, id)).length === 1)
    expect(await errors(room, id)).toMatchObject([
      { agent: 'developer', kind: 'authentication', detail: 'authentication_failed', needsYou: true },
    ])
    const bare = await room.tmo([])
    expect([bare.code, bare.stdout]).toEqual([3, expect.stringContaining(`${target} needs you: `)])
    expect(bare.stdout).toMatch(/its login or key is refused, since .*: authentication_failed/)
    expect(bare.stdout).toContain(`tmo attach ${target} # then /login`)
    const status = await room.tmo(['status', id])
    expect(status.stdout).toMatch(/developer: its login or key is refused, since [\s\S]*tmo attach /)

    await kill(room)
    await room.json(['list'])
    await waitFor('a look of the next daemon', () => isKept(room, id))
    expect((await room.tmo([])).code).toBe(3)
    await claude.fail('billing_error', 400)
    await waitFor('the other error', async () => (await errors(room, id))[0]?.kind === 'credit')
    expect((await room.tmo([])).stdout).toContain(`tmo attach ${target} · tmo credits status`)
    await claude.work({ input_tokens: 1, output_tokens: 1 })
    await waitFor('its end', async () => (await errors(room, id)).length === 0)
    expect((await room.tmo([])).code).toBe(0)
    expect(await told(room, id)).toEqual([
      'error:seen developer its login or key is refused: authentication_failed',
      'error:seen developer nothing is left to pay with: billing_error',
      expect.stringMatching(/^error:over developer after .*: nothing is left to pay with$/),
    ])
  })

  it('is left to its program for some minutes where that may go on by itself', async () => {
    await using room = new Room()
    const { id, claude } = await startTeam(room)
    await claude.fail('server_error', 500)
    await waitFor('the error', async () => (await errors(room, id)).length === 1)
    expect(await errors(room, id)).toMatchObject([{ kind: 'server', needsYou: false }])
    const bare = await room.tmo([])
    expect([bare.code, bare.stdout]).toEqual([0, expect.stringContaining('nobody needs you')])
    expect((await room.tmo(['status', id])).stdout).toMatch(/developer: the model's servers fail, since /)
  })
})
