import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hookSignal } from '../src/claude-hooks.ts'
import { codexHookSignal } from '../src/codex-hooks.ts'
import { geminiHookSignal } from '../src/gemini-hooks.ts'
import { hookCommand, hookLog, parseHookEvent, readHooks, writeHookProgram } from '../src/hooks.ts'
import { isObject, type JsonObject, parseObject } from '../src/json.ts'

let stateDir: string
beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'tmo-'))
  await writeHookProgram(stateDir)
})
afterEach(() => rmSync(stateDir, { recursive: true }))

/** The payloads of a recorded log. One log has the event's name, and the payload cut off. */
function payloads(file: string): readonly JsonObject[] {
  const log = readFileSync(new URL(`../fixtures/${file}`, import.meta.url), 'utf8')
  return log
    .trim()
    .split('\n')
    .map((line): JsonObject => {
      const columns = line.split('\t')
      return parseObject(columns.at(-1) ?? '') ?? { hook_event_name: columns[1] }
    })
}

const nameOf = (payload: JsonObject): string => String(payload['hook_event_name'])

/** One hook after another, as the program starts them, from one shell. */
function fireAll(events: readonly JsonObject[]): void {
  const commands = events.map((payload, index) => {
    writeFileSync(join(stateDir, `payload-${index}`), JSON.stringify(payload))
    return `( ${hookCommand(stateDir, nameOf(payload))} ) < payload-${index}`
  })
  const done = spawnSync('/bin/sh', ['-e'], { cwd: stateDir, input: commands.join('\n') })
  expect([done.status, done.stdout.toString(), done.stderr.toString()]).toEqual([0, '', ''])
}

function named(states: Readonly<Record<string, string>>, payload: JsonObject): string | undefined {
  return states[nameOf(payload)]
}

/** What is expected of a payload, read as a whole rather than by what our hook keeps of it. */
const expected = {
  claude: (payload: JsonObject): string | undefined =>
    ({
      SessionStart: 'idle',
      UserPromptSubmit: 'working',
      PermissionRequest: 'blocked-permission',
      Stop: 'idle',
    })[String(payload['hook_event_name'])] ??
    (payload['hook_event_name'] === 'StopFailure' ? 'error' : undefined),
  codex: (payload: JsonObject): string | undefined =>
    named({ UserPromptSubmit: 'working', PermissionRequest: 'blocked-permission', Stop: 'idle' }, payload),
  gemini: (payload: JsonObject): string | undefined => {
    const isFailed = payload['prompt_response'] === '[no response text]'
    const states = { SessionStart: 'idle', BeforeAgent: 'working', Notification: 'blocked-permission' }
    return payload['hook_event_name'] === 'AfterAgent'
      ? isFailed
        ? 'error'
        : 'idle'
      : named(states, payload)
  },
}
const signals = { claude: hookSignal, codex: codexHookSignal, gemini: geminiHookSignal }

describe.each([
  ['claude', 'claude/hooks-command.tsv', 30],
  ['claude', 'claude/hooks-http-ctl.tsv', 13],
  ['claude', 'claude/hooks-usage-limit.tsv', 4],
  ['codex', 'codex/hooks.tsv', 116],
  ['gemini', 'gemini/hooks.tsv', 119],
] as const)('the recorded events of %s in %s', (program, file, count) => {
  it('each say what the agent does, and leave no word of a prompt or an answer', async () => {
    const events = payloads(file)
    expect(events).toHaveLength(count)
    fireAll(events)
    const hooks = readFileSync(hookLog(stateDir), 'utf8')
      .split('\n')
      .flatMap((line) => parseHookEvent(line) ?? [])
    expect(hooks.map(({ event }) => event)).toEqual(events.map(nameOf))
    expect((await readHooks(stateDir))?.at(-1)).toEqual(hooks.at(-1))
    for (const [index, payload] of events.entries()) {
      const state = expected[program](payload)
      if (state === undefined) continue
      const signal = signals[program](hooks.slice(0, index + 1))
      expect(signal, JSON.stringify(payload).slice(0, 300)).toMatchObject({ state })
    }
    const kept = readFileSync(hookLog(stateDir), 'utf8')
    for (const payload of events) {
      for (const key of ['prompt', 'last_assistant_message', 'prompt_response']) {
        const text = payload[key]
        if (typeof text === 'string' && text.length > 12) expect(kept).not.toContain(text)
      }
      const input = payload['tool_input']
      if (isObject(input) && typeof input['command'] === 'string')
        expect(kept).not.toContain(input['command'])
    }
  })
})
