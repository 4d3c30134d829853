import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { Room } from './room.ts'
import { expectTrue } from './truth.ts'

const spec =
  '# Two notes\n\n## Tasks\n\n- [ ] Write the first note in `notes/one.md`\n- [ ] Write the second note in `notes/two.md`\n'

it('takes the bundled example from its spec to verified, merged commits of four agents', async () => {
  await using room = new Room()
  const project = await room.example()
  const verified = `${room.folder}/verified`
  const verify = `git rev-parse HEAD >>${verified} && git status --porcelain >>${verified} && sh verify.sh`
  const document = await room.json([
    'run',
    '--project',
    project,
    '--spec',
    `${project}/spec.md`,
    '--agent',
    'sim',
    '--verify',
    verify,
    '--wait',
  ])
  expect(document.agents.map((agent) => agent.name)).toEqual([
    'orchestrator',
    'project_manager',
    'developer',
    'tester',
  ])
  await expectTrue(room, project, document)
  expect(document.verify?.command).toBe(verify)
  // The command wrote where it ran: at that commit, in a clean tree.
  expect(readFileSync(verified, 'utf8').trim().split('\n').at(-1)).toBe(document.verify?.commit)
})

it('leaves the checked-out branch, the index and every file of the user as they were, byte for byte', async () => {
  await using room = new Room()
  const project = await room.project(
    {
      'src/ä file.txt': 'committed\n',
      'staged.txt': 'before\n',
      'changed.txt': 'before\n',
      '.gitignore': 'ignored/\n',
      'spec.md': spec,
    },
    { name: 'a projëct with spaces', branch: 'trunk' },
  )
  await room.git(project, 'checkout', '--quiet', '-b', 'work in/progress'.replace(' ', '-'))
  const { writeFileSync, mkdirSync } = await import('node:fs')
  writeFileSync(`${project}/staged.txt`, 'staged\n')
  await room.git(project, 'add', 'staged.txt')
  writeFileSync(`${project}/changed.txt`, 'changed\n')
  writeFileSync(`${project}/untracked.txt`, 'untracked\n')
  mkdirSync(`${project}/ignored`)
  writeFileSync(`${project}/ignored/secret.txt`, 'ignored\n')
  const look = async (): Promise<readonly string[]> => [
    await room.git(project, 'status', '--porcelain=v2', '--branch', '--ignored', '--untracked-files=all'),
    await room.git(project, 'ls-files', '--stage'),
    await room.git(
      project,
      'for-each-ref',
      'refs/heads/trunk',
      'refs/heads/work-in',
      'refs/stash',
      'refs/tags',
    ),
    ...['src/ä file.txt', 'staged.txt', 'changed.txt', 'untracked.txt', 'ignored/secret.txt'].map((file) =>
      readFileSync(`${project}/${file}`, 'utf8'),
    ),
    readFileSync(`${project}/.git/HEAD`, 'utf8'),
    readFileSync(`${project}/.git/config`, 'utf8'),
  ]
  const before = await look()
  const document = await room.json([
    'run',
    '--project',
    project,
    '--spec',
    `${project}/spec.md`,
    '--agent',
    'sim',
    '--base',
    'trunk',
    '--verify',
    'test -f notes/one.md && test -f notes/two.md',
    '--wait',
  ])
  await expectTrue(room, project, document)
  expect(document.base).toBe('trunk')
  expect(await look()).toEqual(before)
})

it('ends in needs-human with the integration branch unmoved when work is reported done and the verify command fails', async () => {
  await using room = new Room()
  const project = await room.project({ 'spec.md': spec })
  const document = await room.json(
    [
      'run',
      '--project',
      project,
      '--spec',
      `${project}/spec.md`,
      '--agent',
      'sim',
      '--verify',
      'echo "it is broken"; exit 7',
      '--wait',
    ],
    3,
  )
  expect(document.state).toBe('needs-human')
  expect(document.cause).toContain('it is broken')
  expect(document.integration?.commit).toBe(document.baseCommit)
  const ref = await room.git(project, 'rev-parse', `refs/heads/${document.integration?.branch}`)
  expect(ref).toBe(document.baseCommit)
  expect(document.verify).toMatchObject({ exitCode: 7 })
  expect(document.agents.find((agent) => agent.name === 'developer')?.state).toBe('needs-human')
})

it('never calls a program running or briefed that does not answer, and takes its start back', async () => {
  await using room = new Room()
  const project = await room.project({ 'spec.md': spec, '.tmo/config.yaml': 'briefTimeoutSeconds: 2\n' })
  const document = await room.json(
    ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sleep 1000', '--wait'],
    1,
  )
  expect(document.state).toBe('failed')
  expect(document.cause).toContain('no proof')
  for (const agent of document.agents) {
    expect(agent.briefedAt).toBeNull()
    expect(agent.state).not.toBe('running')
  }
  expect(await room.git(project, 'branch', '--list', 'tmo/*')).toBe('')
  expect(await room.git(project, 'worktree', 'list')).not.toContain('worktrees')
})

it('runs three projects at once, each with its own branches and windows', async () => {
  await using room = new Room()
  const projects = await Promise.all(
    ['one', 'two', 'three'].map((name) => room.project({ 'spec.md': spec }, { name })),
  )
  const documents = await Promise.all(
    projects.map((project) =>
      room.json(['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim', '--wait']),
    ),
  )
  for (const [index, document] of documents.entries()) await expectTrue(room, projects[index] ?? '', document)
  expect(new Set(documents.map((document) => document.id)).size).toBe(3)
})
