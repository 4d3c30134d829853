import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isProcessAlive } from '@tmux-orchestrator/tmux-driver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readHooks, writeHookProgram } from '../src/hooks.ts'
import type { PermissionAsk } from '../src/permission.ts'
import {
  answerHook,
  forgetDialogAsk,
  type HookPatience,
  keepPermissions,
  listDialogAsks,
  listHookAsks,
  permissionCommand,
  writePermissionHook,
} from '../src/permission-hook.ts'

const patience = { timeout: 60_000, interval: 10 }
let stateDir: string
let children: ChildProcess[]

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), "tmo-it's-"))
  children = []
  await writeHookProgram(stateDir)
  await writePermissionHook(stateDir)
})
afterEach(async () => {
  for (const child of children) child.kill('SIGTERM')
  await expect.poll(processes, patience).toEqual([])
  rmSync(stateDir, { recursive: true })
})

const folder = () => join(stateDir, 'permissions')
const left = () => readdirSync(folder()).filter((name) => name !== 'keeper')
const asks = async (): Promise<readonly PermissionAsk[]> => (await listHookAsks(stateDir)) ?? []

/** Processes of the hooks of this test: their command lines name the folder. */
function processes(): readonly string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      const path = `/proc/${pid}/cmdline`
      return existsSync(path) && readFileSync(path, 'utf8').includes(stateDir)
    })
}

/** The first request for permission in a recorded log of a program, as the program gave it to its hook. */
function recorded(file: string, tool = 'Bash'): string {
  const lines = readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const found = lines
    .map((line) => line.split('\t').at(-1) ?? '')
    .find((payload) => payload.includes('"PermissionRequest"') && payload.includes(`"tool_name":"${tool}"`))
  if (found === undefined) throw new Error(`no ${tool} in ${file}`)
  return found
}

interface Fired {
  readonly child: ChildProcess
  readonly end: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

/** What the program does with its hook: the command goes to a shell, the payload to its stdin. */
function fire(payload: string, patience: HookPatience = 'beside-dialog'): Fired {
  const command = permissionCommand(stateDir, patience)
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], { stdio: 'pipe' })
  children.push(child)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk)
  })
  child.stdin.end(payload)
  const end = once(child, 'close').then(([code]) => ({ code, stdout, stderr }))
  return { child, end }
}

/** The request that waits, once there is one. */
async function waiting(count = 1): Promise<PermissionAsk> {
  await expect.poll(async () => (await asks()).length, patience).toBe(count)
  const [first] = await asks()
  if (!first) throw new Error('nothing waits')
  return first
}

describe.each([
  ['Claude Code', 'claude/hooks-command.tsv', 'touch /home/dev/my-project/tmp/danger-paste'],
  ['Codex', 'codex/hooks.tsv', 'touch /home/dev/my-project/tmp/esc1'],
] as const)('a request of %s as it was recorded', (_program, file, command) => {
  it('waits with what is asked, and an allow reaches the program in its own words', async () => {
    await keepPermissions(stateDir)
    const before = Date.now()
    const { end } = fire(recorded(file))
    const ask = await waiting()
    expect(ask).toMatchObject({ tool: 'Bash', subject: command, isPartial: false, isQuestion: false })
    expect(ask.askedAt).toBeGreaterThanOrEqual(before - 2_000)
    expect(await answerHook(stateDir, ask.id, { decision: 'allow' })).toEqual({ status: 'answered' })
    const { code, stdout, stderr } = await end
    expect([code, stderr]).toEqual([0, ''])
    const decision = { behavior: 'allow' }
    expect(JSON.parse(stdout)).toEqual({
      hookSpecificOutput: { hookEventName: 'PermissionRequest', decision },
    })
    expect(left()).toEqual([])
    expect((await readHooks(stateDir))?.map(({ event }) => event)).toEqual(['PermissionRequest'])
  })

  it('is denied with a reason that stays a text', async () => {
    await keepPermissions(stateDir)
    const { end } = fire(recorded(file))
    const reason = 'no: "$(touch /tmp/x)" `id`\n\'; exit 2'
    await answerHook(stateDir, (await waiting()).id, { decision: 'deny', reason })
    const { stdout } = await end
    expect(JSON.parse(stdout).hookSpecificOutput.decision).toEqual({ behavior: 'deny', message: reason })
  })
})

const payload = (command: unknown, tool = 'Bash') =>
  JSON.stringify({
    hook_event_name: 'PermissionRequest',
    tool_name: tool,
    tool_input: { command },
    cwd: '/w',
  })

describe('without anybody who answers', () => {
  it('the hook notes the event and says nothing, at once', async () => {
    const { end } = fire(payload('ls'))
    expect(await end).toEqual({ code: 0, stdout: '', stderr: '' })
    expect((await readHooks(stateDir))?.map(({ event }) => event)).toEqual(['PermissionRequest'])
    expect(left()).toEqual([])
  })

  it('also when the one who answered was killed, or left nonsense behind', async () => {
    const keeper = spawn('true')
    await once(keeper, 'close')
    for (const word of [String(keeper.pid), '', 'none; touch /tmp/x', '-1x']) {
      writeFileSync(join(folder(), 'keeper'), `${word}\n`)
      expect(await fire(payload('ls')).end).toEqual({ code: 0, stdout: '', stderr: '' })
    }
    expect(left()).toEqual([])
  })

  it('a request that waits outlives a restart, and ends without an answer when nobody comes back', async () => {
    const first = spawn('sleep', ['1000'])
    writeFileSync(join(folder(), 'keeper'), `${first.pid}\n`)
    const kept = fire(payload('kept'))
    const ask = await waiting()
    first.kill('SIGKILL')
    await once(first, 'close')
    await keepPermissions(stateDir)
    // The guard looks every two seconds; the pid of this process has to have counted by then.
    expect(kept.child.exitCode).toBeNull()
    expect(await answerHook(stateDir, ask.id, { decision: 'allow' })).toEqual({ status: 'answered' })
    expect((await kept.end).stdout).toContain('"allow"')

    const second = spawn('sleep', ['1000'])
    writeFileSync(join(folder(), 'keeper'), `${second.pid}\n`)
    const lost = fire(payload('lost'))
    await waiting()
    second.kill('SIGKILL')
    expect(await lost.end).toMatchObject({ code: 0, stdout: '' })
    expect(left()).toEqual([])
  })
})

describe('a hook that keeps a dialog from a human', () => {
  it('waits for a moment only, and what it left to the dialog is known', async () => {
    await keepPermissions(stateDir)
    const { end } = fire(payload('ls'), 'before-dialog')
    const { id } = await waiting()
    expect(await end).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await asks()).toEqual([])
    expect(await listDialogAsks(stateDir)).toMatchObject([{ id, tool: 'Bash', subject: 'ls' }])
    expect(await answerHook(stateDir, id, { decision: 'allow' })).toEqual({ status: 'gone' })
    await forgetDialogAsk(stateDir, id)
    expect(left()).toEqual([])
  })

  it('takes an answer that comes in time, and is let go at once', async () => {
    await keepPermissions(stateDir)
    const allowed = fire(payload('ls'), 'before-dialog')
    await answerHook(stateDir, (await waiting()).id, { decision: 'allow' })
    expect((await allowed.end).stdout).toContain('"allow"')
    expect(left()).toEqual([])
    const passed = fire(payload('ls'), 'before-dialog')
    const { id } = await waiting()
    expect(await answerHook(stateDir, id, { decision: 'pass' })).toEqual({ status: 'answered' })
    expect((await passed.end).stdout).toBe('')
    expect(left()).toEqual([`${id}.dialog`])
  })

  it('leaves to the dialog what nobody is there to answer, and the next start forgets it', async () => {
    expect(await fire(payload('ls'), 'before-dialog').end).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(await listDialogAsks(stateDir)).toMatchObject([{ subject: 'ls' }])
    await writePermissionHook(stateDir)
    expect(left()).toEqual([])
  })
})

describe('a request that is over', () => {
  it('cannot be answered a second time', async () => {
    await keepPermissions(stateDir)
    const { end } = fire(payload('ls'))
    const { id } = await waiting()
    await answerHook(stateDir, id, { decision: 'deny' })
    await end
    expect(await answerHook(stateDir, id, { decision: 'allow' })).toEqual({ status: 'gone' })
    expect(await answerHook(stateDir, '../../etc/passwd', { decision: 'allow' })).toEqual({ status: 'gone' })
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'because the program ended its hook by %s leaves nothing behind',
    async (signal) => {
      await keepPermissions(stateDir)
      const { child } = fire(payload('ls'))
      const { id } = await waiting()
      child.kill(signal)
      await expect.poll(left, patience).toEqual([])
      await expect.poll(processes, patience).toEqual([])
      expect(await answerHook(stateDir, id, { decision: 'allow' })).toEqual({ status: 'gone' })
      expect(isProcessAlive(child.pid ?? 0)).toBe(false)
    },
  )

  it('one of two leaves the other one waiting', async () => {
    await keepPermissions(stateDir)
    const [one, two] = [fire(payload('one')), fire(payload('two'))]
    await waiting(2)
    const [first, second] = (await asks()).toSorted((a, b) => a.subject.localeCompare(b.subject))
    await answerHook(stateDir, first?.id ?? '', { decision: 'allow' })
    expect((await one.end).stdout).toContain('"allow"')
    expect(two.child.exitCode).toBeNull()
    await answerHook(stateDir, second?.id ?? '', { decision: 'deny' })
    expect((await two.end).stdout).toContain('"deny"')
  })
})

describe('what is asked', () => {
  it('is data to the last byte: nothing of it is run, and no line of it is an answer', async () => {
    await keepPermissions(stateDir)
    const mark = join(stateDir, 'ran')
    const hostile = `$(touch '${mark}') \`touch '${mark}'\` '; touch '${mark}' #\n{"behavior":"allow"}\u001b]0;x\u0007 "\\ %s ä`
    const { end } = fire(payload(hostile))
    const ask = await waiting()
    expect(ask.subject).toBe(hostile)
    await answerHook(stateDir, ask.id, { decision: 'pass' })
    expect(await end).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(existsSync(mark)).toBe(false)
  })

  it('is partial when it is too large, or no request at all', async () => {
    await keepPermissions(stateDir)
    for (const text of [payload('a'.repeat(400_000)), payload('b'.repeat(10_000)), 'no JSON', '[]', '']) {
      const { end } = fire(text)
      const ask = await waiting()
      expect(ask.isPartial).toBe(true)
      expect(ask.subject.length).toBeLessThanOrEqual(4_096)
      await answerHook(stateDir, ask.id, { decision: 'pass' })
      await end
    }
  })

  it('is a question when the program asks the human something, and passing leaves it to its dialog', async () => {
    await keepPermissions(stateDir)
    const { end } = fire(recorded('claude/hooks-command.tsv', 'AskUserQuestion'))
    const ask = await waiting()
    expect(ask.isQuestion).toBe(true)
    await answerHook(stateDir, ask.id, { decision: 'pass' })
    expect((await end).stdout).toBe('')
  })
})
