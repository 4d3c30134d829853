import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hookSignal } from '../src/claude-hooks.ts'
import { codexHookSignal } from '../src/codex-hooks.ts'
import { geminiHookSignal } from '../src/gemini-hooks.ts'
import { hookCommand, hookLog, readHooks, writeHookProgram } from '../src/hooks.ts'
import { isObject, type JsonObject, parseObject } from '../src/json.ts'
import { fireHook } from './agent-home.ts'

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

const most = 45

function named(states: Readonly<Record<string, string>>, payload: JsonObject): string | undefined {
  return states[String(payload['hook_event_name'])]
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
  ['claude', 'claude/hooks-command.tsv'],
  ['claude', 'claude/hooks-http-ctl.tsv'],
  ['claude', 'claude/hooks-usage-limit.tsv'],
  ['codex', 'codex/hooks.tsv'],
  ['gemini', 'gemini/hooks.tsv'],
] as const)('the recorded events of %s in %s', (program, file) => {
  it('each say what the agent does, and leave no word of a prompt or an answer', async () => {
    const events = payloads(file).slice(0, most)
    expect(events.length).toBeGreaterThan(3)
    for (const payload of events) {
      const event = String(payload['hook_event_name'])
      fireHook(hookCommand(stateDir, event), payload)
      const state = expected[program](payload)
      const hooks = (await readHooks(stateDir)) ?? []
      expect(hooks.at(-1)).toMatchObject({ event })
      if (state !== undefined)
        expect(signals[program](hooks), JSON.stringify(payload).slice(0, 300)).toMatchObject({ state })
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
