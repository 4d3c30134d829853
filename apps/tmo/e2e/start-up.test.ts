import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { listPrograms } from '@tmux-orchestrator/agents'
import { expect, it } from 'vitest'
import { Room } from './room.ts'

const program = fileURLToPath(new URL('../bin/tmo.js', import.meta.url))

/** The URLs of all modules that a command loads. */
function modulesOf(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const hooks = `export async function load(url, context, next) { process._rawDebug(url); return next(url, context) }`
  const toUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`
  const register = `import { register } from 'node:module'; register(${JSON.stringify(toUrl(hooks))})`
  const child = spawnSync(process.execPath, ['--import', toUrl(register), program, ...argv], {
    encoding: 'utf8',
    env,
  })
  expect(child.status, child.stderr).toBe(0)
  return child.stderr
}

it('names every program that it can start in the help of run', () => {
  const { stdout } = spawnSync(process.execPath, [program, 'run', '--help'], { encoding: 'utf8' })
  for (const name of listPrograms()) expect(stdout).toContain(name)
})

it('loads no store, no git and no settings where a command needs none', () => {
  const modules = modulesOf(['list', '--help'])
  expect(modules).toMatch(/apps\/tmo\/dist\/main\.js/)
  expect(modules).not.toMatch(/\/(kysely|better-sqlite3|execa|zod|yaml)\//)
})

it('loads no store, and without a settings file no parser of them, where it only plans', async () => {
  await using room = new Room()
  const project = await room.project({ 'spec.md': '# Notes\n\n- [ ] Write `one.md`\n' })
  const argv = ['--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim', '--dry-run']
  const modules = modulesOf(['run', ...argv], room.env)
  expect(modules).toMatch(/\/execa\//)
  expect(modules).not.toMatch(/\/(kysely|better-sqlite3|zod|yaml)\//)
})

it('runs simulated agents also on a daemon that `tmo daemon start` began', async () => {
  await using room = new Room()
  const project = await room.project({ 'spec.md': '# Notes\n\n- [ ] Write `one.md`\n' })
  expect(await room.tmo(['daemon', 'start'])).toMatchObject({ code: 0 })
  const argv = ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim', '--json']
  const { code, stdout } = await room.tmo(argv)
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, state: 'running' })
})
