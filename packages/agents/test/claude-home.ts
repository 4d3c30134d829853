import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PaneId, parsePaneId } from '@tmux-orchestrator/tmux-driver'
import { afterEach, beforeEach, expect } from 'vitest'
import type { AgentHandle, LaunchRequest } from '../src/adapter.ts'
import { ClaudeAdapter } from '../src/claude.ts'
import { projectFolder } from '../src/claude-paths.ts'

export const id = '11111111-1111-4111-8111-111111111111'
const pane: PaneId = parsePaneId('%1')
export const fixtures: URL = new URL('../fixtures/claude/', import.meta.url)
export let root: string
export let config: string
export let stateDir: string
export let project: string

/** Gives each test of the file that calls it the folders of one agent with Claude Code, anew. */
export function eachHasClaudeHome(): void {
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tmo-'))
    config = join(root, 'config')
    stateDir = join(root, "state 'of' agent")
    project = join(root, 'project')
    for (const folder of [config, join(config, 'sessions'), join(root, 'bin'), project])
      mkdirSync(folder, { recursive: true })
  })
  afterEach(() => rmSync(root, { recursive: true }))
}

function env(more: Record<string, string> = {}): Record<string, string> {
  return { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: root, CLAUDE_CONFIG_DIR: config, ...more }
}

export function claude(more?: Record<string, string>): ClaudeAdapter {
  return new ClaudeAdapter(env(more))
}

export function install(script = 'echo "2.1.330 (Claude Code)"'): string {
  const path = join(root, 'bin', 'claude')
  writeFileSync(path, `#!/bin/sh\n${script}\n`)
  chmodSync(path, 0o755)
  return path
}

export function settings(value: unknown): void {
  writeFileSync(join(config, '.claude.json'), typeof value === 'string' ? value : JSON.stringify(value))
}

export const handle = (): AgentHandle => ({
  conversationId: id,
  cwd: project,
  pane,
  pid: process.pid,
  stateDir,
})

export function session(fields: Record<string, unknown>, pid: number = process.pid): void {
  const base = { pid, sessionId: id, cwd: project, status: 'idle', statusUpdatedAt: Date.now() - 1_000 }
  writeFileSync(join(config, 'sessions', `${pid}.json`), JSON.stringify({ ...base, ...fields }))
}

export function transcript(text: string): void {
  const folder = join(config, 'projects', projectFolder(project))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${id}.jsonl`), text)
}

export function request(more: Partial<LaunchRequest> = {}): LaunchRequest {
  const named = { orchestration: 'o-abcd', name: 'developer', role: 'developer' }
  const places = { cwd: project, stateDir, tmoBin: '/opt/tmo/bin' }
  return { ...named, ...places, conversationId: id, mode: 'new', env: { TMO_TOKEN: 'secret-token' }, ...more }
}

/** What Claude Code does with a hook: the command goes to a shell, the event to its stdin. Gives what it answers. */
export function answerOf(event: string, payload: object): string {
  const file: { hooks: Record<string, [{ hooks: [{ command: string }] }]> } = JSON.parse(
    readFileSync(join(stateDir, 'claude-settings.json'), 'utf8'),
  )
  const command = file.hooks[event]?.[0].hooks[0].command ?? 'exit 9'
  const done = spawnSync('/bin/sh', ['-c', command], {
    input: JSON.stringify({ session_id: id, ...payload }),
  })
  expect([done.status, done.stderr.toString()]).toEqual([0, ''])
  return done.stdout.toString()
}

/** A hook that says nothing. */
export function fire(event: string, payload: object): void {
  expect(answerOf(event, payload)).toBe('')
}
