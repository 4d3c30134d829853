import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parsePaneId } from '@tmux-orchestrator/tmux-driver'
import type { AgentHandle, LaunchRequest } from '../src/index.ts'

/** A home of one test: a program on PATH that only tells its version, settings, a project, an agent's private folder. */
export interface AgentHome extends Disposable {
  readonly root: string
  readonly project: string
  readonly stateDir: string
  readonly env: Record<string, string>
  readonly handle: AgentHandle
  install(name: string, version: string): string
  write(path: string, content: unknown): string
  read(path: string): string
  request(more?: Partial<LaunchRequest>): LaunchRequest
}

export const conversationId = '11111111-1111-4111-8111-111111111111'

export function openAgentHome(): AgentHome {
  const root = mkdtempSync(join(tmpdir(), 'tmo-'))
  const project = join(root, 'project')
  const stateDir = join(root, "state 'of' agent")
  for (const folder of [project, join(root, 'bin')]) mkdirSync(folder)
  const write = (path: string, content: unknown): string => {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return file
  }
  return {
    root,
    project,
    stateDir,
    env: { PATH: `${join(root, 'bin')}:/usr/bin:/bin`, HOME: root },
    handle: { conversationId, cwd: project, pane: parsePaneId('%1'), pid: process.pid, stateDir },
    install: (name, version) => {
      const file = write(`bin/${name}`, `#!/bin/sh\necho "${version}"\n`)
      chmodSync(file, 0o755)
      return file
    },
    write,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    request: (more = {}) => ({
      ...{ orchestration: 'o-abcd', name: 'developer', role: 'developer', tmoBin: '/opt/tmo/bin' },
      ...{ cwd: project, stateDir, conversationId, mode: 'new', env: { TMO_TOKEN: 'secret-token' } },
      ...more,
    }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  }
}

/** What a program does with a hook: the command goes to a shell, the event to its stdin. Gives what it printed. */
export function fireHook(command: string, payload: object): string {
  const done = spawnSync('/bin/sh', ['-c', command], { input: JSON.stringify(payload) })
  if (done.status !== 0 || done.stderr.length > 0) throw new Error(`hook: ${done.status} ${done.stderr}`)
  return done.stdout.toString()
}
