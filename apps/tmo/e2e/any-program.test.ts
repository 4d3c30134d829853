import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isAlive, Room, waitFor } from './room.ts'

/** Reads lines, as a program does that knows nothing of tmo but its commands; begins when the file `go` is there. */
const agent = `import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
const [record, go] = process.argv.slice(2)
const run = (program, ...argv) => execFileSync(program, argv, { encoding: 'utf8' })
while (!existsSync(go)) await new Promise((resolve) => setTimeout(resolve, 50))
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const [, token] = /^.*\\[brief (tmo-b-\\w+)\\]/.exec(line) ?? []
  if (token) {
    appendFileSync(record, token + ' ' + process.pid + '\\n')
    run('tmo', 'report', 'progress', 'I have ' + token)
  }
  if (!line.startsWith('This is the end of the brief')) continue
  mkdirSync('notes', { recursive: true })
  for (const { id, files } of JSON.parse(run('tmo', 'task', 'list', '--json')).tasks) {
    for (const file of files) writeFileSync(file, id + '\\n')
    run('git', 'add', '--all')
    run('git', '-c', 'user.name=any', '-c', 'user.email=any@example.org', 'commit', '-qm', id)
    run('tmo', 'task', 'done', id, 'committed')
  }
  run('tmo', 'report', 'done', 'all of it')
}
`
const spec = '# Notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n- [ ] Write `notes/two.md`\n'

async function prepare(room: Room) {
  const project = await room.project({ 'spec.md': spec })
  const [program, record, go] = ['agent.mjs', 'record', 'go'].map((name) => join(room.folder, name))
  if (program === undefined || record === undefined || go === undefined) throw new Error('three names')
  writeFileSync(program, agent)
  const argv = ['run', '--project', project, '--spec', `${project}/spec.md`, '--roles', 'developer']
  const command = [process.execPath, program, record, go].join(' ')
  return { project, record, go, argv: [...argv, '--agent', command, '--verify', 'test -f notes/two.md'] }
}

const briefs = (record: string): string[] =>
  existsSync(record) ? readFileSync(record, 'utf8').trim().split('\n') : []

describe('a program that tmo knows nothing of', () => {
  it('is briefed by paste, runs once its report gives the token back, and brings its work in', async () => {
    await using room = new Room()
    const { project, record, go, argv } = await prepare(room)
    writeFileSync(go, '')
    const document = await room.json([...argv, '--wait'])
    expect(document.state, document.cause ?? '').toBe('completed')
    expect(briefs(record)).toHaveLength(1)
    expect(await room.git(project, 'ls-tree', '-r', '--name-only', document.integration?.commit ?? '')).toBe(
      'notes/one.md\nnotes/two.md\nspec.md',
    )
  })

  it('is briefed by the next daemon when the first was killed before it could paste', async () => {
    await using room = new Room()
    const { record, go, argv } = await prepare(room)
    const run = room.json([...argv, '--wait'])
    await waitFor('its window', () =>
      room
        .processes()
        .some(({ command }) => command.startsWith(`${process.execPath} ${room.folder}/agent.mjs`)),
    )
    const daemon = await waitFor('the daemon', () => room.daemonPid())
    process.kill(daemon, 'SIGKILL')
    await waitFor('its end', () => !isAlive(daemon))
    expect(briefs(record)).toEqual([])
    writeFileSync(go, '')
    const document = await run
    expect(document.state, document.cause ?? '').toBe('completed')
    expect(briefs(record)).toHaveLength(1)
  })

  it('works in its own worktree also when tmo was started inside a hook of another repository', async () => {
    await using room = new Room()
    const { project, go, argv } = await prepare(room)
    const other = await room.project({ 'other.txt': 'other\n' }, { name: 'other' })
    const refs = () => room.git(other, 'for-each-ref')
    const before = await refs()
    writeFileSync(go, '')
    const env = {
      GIT_DIR: join(other, '.git'),
      GIT_INDEX_FILE: join(other, '.git/index'),
      GIT_WORK_TREE: other,
    }
    const { code, stdout, stderr } = await room.tmo([...argv, '--wait', '--json'], { env })
    expect(code, stderr).toBe(0)
    const { integration } = JSON.parse(stdout)
    expect(await room.git(project, 'ls-tree', '-r', '--name-only', integration.commit)).toContain(
      'notes/two.md',
    )
    expect([await refs(), await room.git(other, 'status', '--porcelain')]).toEqual([before, ''])
  })
})
