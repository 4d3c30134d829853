import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Room } from './room.ts'

const spec = '# One -note\n\n## Tasks\n\n- [ ] Write the note in `notes/one.md`\n'

interface Answer {
  readonly status: string
  readonly url: string | null
  readonly next: string | null
  readonly reasons: readonly string[]
}

/** Answers what the site would; everything else of a request is real. */
const gh = (folder: string) => `#!/bin/sh
printf '%s\\n' "$@" >>'${folder}/gh.log'
case "$2" in
list) cat '${folder}/gh.open' 2>/dev/null; exit 0 ;;
create) cat >'${folder}/gh.body'; echo https://example.org/pull/1 >'${folder}/gh.open'; echo https://example.org/pull/1 ;;
esac
`

it('pushes the integration branch without force, opens its request once, and says what to do without gh', async () => {
  await using room = new Room()
  const config = 'agentOptions:\n  think-ms: "600000"\n'
  const project = await room.project({ 'spec.md': spec, 'a.txt': 'one\n', '.tmo/config.yaml': config })
  const start = ['run', '--project', project, '--spec', `${project}/spec.md`, '--agent', 'sim', '--trust']
  const { id, integration, baseCommit } = await room.json([...start, '--roles', 'developer'])
  const branch = integration?.branch ?? ''
  const remote = join(room.folder, 'remote.git')
  const bin = join(room.folder, 'bin')
  mkdirSync(bin)
  const pr = async (code: number, ...more: readonly string[]) => {
    const ran = await room.tmo(['pr', id, '--json', ...more], {
      env: { PATH: `${bin}:${process.env['PATH']}` },
    })
    expect(ran.code, ran.stderr).toBe(code)
    return { ...(JSON.parse(ran.stdout || '{}') as Answer), stderr: ran.stderr }
  }
  const inRemote = () => room.git(remote, 'rev-parse', '--verify', '--quiet', branch).catch(() => undefined)
  expect((await pr(1)).stderr).toMatch(/no remote to push to[\s\S]*git remote add origin/)
  await room.git(project, 'init', '--quiet', '--bare', remote)
  await room.git(project, 'remote', 'add', 'upstream', remote)
  expect(await pr(3)).toMatchObject({ status: 'nothing' })
  const work = async (parent: string, message: string) => {
    const commit = await room.git(project, 'commit-tree', `${baseCommit}^{tree}`, '-p', parent, '-m', message)
    await room.git(project, 'update-ref', `refs/heads/${branch}`, commit)
    return commit
  }
  const first = await work(baseCommit, 'Work')
  expect(await pr(0, '--dry-run')).toMatchObject({ status: 'planned', url: null })
  expect(await inRemote()).toBeUndefined()

  expect(await pr(0)).toMatchObject({
    status: 'pushed',
    url: null,
    next: `git request-pull main upstream ${branch}`,
  })
  expect(await inRemote()).toBe(first)

  writeFileSync(join(bin, 'gh'), gh(room.folder))
  chmodSync(join(bin, 'gh'), 0o755)
  expect(await pr(0, '--draft')).toMatchObject({
    status: 'opened',
    url: 'https://example.org/pull/1',
    next: null,
  })
  const asked = readFileSync(join(room.folder, 'gh.log'), 'utf8')
  expect(asked).toContain(
    `pr\ncreate\n--head=${branch}\n--base=main\n--title=One -note\n--body-file=-\n--draft\n`,
  )
  expect(readFileSync(join(room.folder, 'gh.body'), 'utf8')).toContain('- [ ] Write the note in notes/one.md')
  const second = await work(first, 'More work')
  expect(await pr(0)).toMatchObject({ status: 'exists', url: 'https://example.org/pull/1' })
  expect(await inRemote()).toBe(second)

  // Somebody else pushed to it meanwhile: theirs stays.
  await work(first, 'Another history')
  const refused = await pr(3)
  expect(refused).toMatchObject({
    status: 'rejected',
    reasons: [expect.stringContaining('non-fast-forward')],
  })
  expect(await inRemote()).toBe(second)
  writeFileSync(join(bin, 'gh'), '#!/bin/sh\necho not logged in >&2\nexit 4\n')
  await room.git(project, 'update-ref', `refs/heads/${branch}`, second)
  expect((await pr(1)).stderr).toMatch(/gh pr list failed: not logged in[\s\S]*the branch is pushed/)
  expect(existsSync(join(project, '.git/refs/remotes/upstream/main'))).toBe(false)
  expect(await room.git(project, 'status', '--porcelain')).toBe('')
})
