import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { describe, expect, it } from 'vitest'
import { isAlive, Room, waitFor } from './room.ts'
import { installClaude } from './stand-in-claude.ts'

const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n- [ ] Write `notes/two.md`\n'

interface View {
  readonly tasks: readonly { readonly id: string; readonly state: string; readonly evidence: string | null }[]
  readonly reports: readonly { readonly kind: string; readonly note: string }[]
}

async function startTeam(room: Room): Promise<string> {
  installClaude(room)
  const project = await room.project({ 'spec.md': spec })
  const argv = ['--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  return (await room.json(['run', ...argv, '--agent', 'claude'])).id
}

/** What stands in the agent's pane: its program was started with it. */
function environmentOf(room: Room, agent: string): Record<string, string> {
  for (const { pid } of room.processes()) {
    const words = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    if (!words.includes(`TMO_AGENT=${agent}`)) continue
    return Object.fromEntries(
      words.filter((word) => word.startsWith('TMO_')).map((word) => word.split('=', 2)),
    )
  }
  throw new Error(`no process of ${agent}`)
}

/** The tools as an agent's program has them: through the command in its pane. */
async function openTools(room: Room, id: string) {
  const client = new Client({ name: 'test', version: '1' })
  const env = { ...(room.env as Record<string, string>), ...environmentOf(room, `${id}/developer`) }
  const command = join(room.home, 'bin', 'tmo')
  await client.connect(new StdioClientTransport({ command, args: ['mcp'], env, stderr: 'inherit' }))
  const call = async (name: string, given: Readonly<Record<string, unknown>> = {}) => {
    const { content, isError } = await client.callTool({ name, arguments: { ...given } })
    const [first] = content as readonly { readonly text: string }[]
    return { text: first?.text ?? '', isError: isError === true }
  }
  return { client, call, [Symbol.asyncDispose]: () => client.close() }
}

describe('the verbs of an agent as tools', () => {
  it('do what the verbs do, one after another, and say what was wrong', async () => {
    await using room = new Room()
    const id = await startTeam(room)
    await using tools = await openTools(room, id)
    const { client, call } = tools
    const listed = (await client.listTools()).tools
    expect(listed.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['report', 'send', 'inbox', 'task_done']),
    )
    expect(listed.find(({ name }) => name === 'report')?.inputSchema).toMatchObject({ required: ['kind'] })

    expect((await call('task_list')).text).toMatch(/^t1 open developer/)
    expect(await call('report', { kind: 'done' })).toMatchObject({
      isError: true,
      text: expect.stringContaining('t1'),
    })
    // Sent together they take effect in their order.
    const together = await Promise.all([
      call('task_take', { id: 't1' }),
      call('task_done', { id: 't1', evidence: '--json; $(id)' }),
      call('task_drop', { id: 't2', why: 'not needed' }),
      call('report', { kind: 'progress', note: 'half of it\n"quoted"' }),
    ])
    expect(together.map(({ isError }) => isError)).toEqual([false, false, false, false])
    const view = await room.json<View>(['status', id])
    expect(view.tasks).toMatchObject([
      { state: 'done', evidence: '--json; $(id)' },
      { state: 'dropped', evidence: 'not needed' },
    ])
    expect(view.reports).toMatchObject([{ kind: 'progress', note: 'half of it\n"quoted"' }])

    await room.tmo(['send', `${id}/developer`, 'hello there'])
    expect((await call('inbox')).text).toContain('you: hello there')
    expect(await call('send', { to: 'nobody', text: '-' })).toMatchObject({
      isError: true,
      text: expect.stringContaining('nobody'),
    })
    expect(await call('report', { kind: 'stop' })).toMatchObject({ isError: true })
    expect(await call('task_take', { id: 'a\u0000b' })).toMatchObject({ isError: true })
  })

  it('are kept while no daemon runs, and take effect once', async () => {
    await using room = new Room()
    const id = await startTeam(room)
    await using tools = await openTools(room, id)
    const pid = await waitFor('the daemon', () => room.daemonPid())
    process.kill(pid, 'SIGKILL')
    await waitFor('its end', () => !isAlive(pid))
    const kept = await tools.call('report', { kind: 'progress', note: 'in the dark' })
    expect(kept).toMatchObject({ isError: false, text: expect.stringContaining('spooled') })
    const reports = async () => (await room.json<View>(['status', id])).reports
    await waitFor('the report', async () => (await reports()).length > 0)
    expect(await reports()).toMatchObject([{ kind: 'progress', note: 'in the dark' }])
  })

  it('are for agents: a person is told so', async () => {
    await using room = new Room()
    const { code, stdout, stderr } = await room.tmo(['mcp'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/for agents[\s\S]*hint: /)
  })
})
