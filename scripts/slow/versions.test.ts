import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { listPublished, type Published } from '../published-packages.mjs'
import { root } from '../say.mjs'
import { copyWorkspace } from './publish-copy.ts'
import { run } from './run.ts'

let copy: string
beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'tmo-versions-'))
  await copyWorkspace(copy)
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
})
beforeEach(async () => {
  await git('reset', '--quiet', '--hard')
  await git('clean', '--quiet', '--force', '-d', '--exclude', 'node_modules')
})
afterAll(() => {
  rmSync(copy, { recursive: true, force: true })
})

const git = async (...argv: readonly string[]): Promise<string> =>
  await run('git', argv, { cwd: copy, env: process.env })

const changesets = (): readonly string[] =>
  readdirSync(join(copy, '.changeset')).filter((name) => name.endsWith('.md') && name !== 'README.md')

const readChangelog = ({ directory }: Published): string | undefined =>
  existsSync(`${directory}/CHANGELOG.md`) ? readFileSync(`${directory}/CHANGELOG.md`, 'utf8') : undefined

const version = (): Promise<string> =>
  run(process.execPath, [join(root, 'node_modules/@changesets/cli/bin.js'), 'version'], {
    cwd: copy,
    env: process.env,
  })

const needs = ({ manifest }: Published): readonly string[] =>
  Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })

/** Leaves one changeset, of `bump`. */
function leaveOne(name: string, bump: string): void {
  for (const file of changesets()) rmSync(join(copy, '.changeset', file))
  writeFileSync(join(copy, '.changeset/one.md'), `---\n'${name}': ${bump}\n---\n\nOne thing\nis better.\n`)
}

it('what waits becomes changelogs in the words of the changesets, each of a version of its own, the first release first', async () => {
  const before = new Map(listPublished(copy).map(({ name, manifest }) => [name, manifest.version]))
  const words = changesets().map(
    (name) => readFileSync(join(copy, '.changeset', name), 'utf8').split('---\n')[2] ?? '',
  )
  expect(words.length).toBeGreaterThan(0)
  await version()
  expect(changesets()).toEqual([])
  const all = listPublished(copy)
    .map((one) => readChangelog(one) ?? '')
    .join('\n')
  for (const text of words) {
    const [line = ''] = text.trim().split('\n')
    expect(all).toContain(`\n- ${line.trimEnd()}\n`)
  }
  expect(all).not.toMatch(/Updated dependencies|^- [0-9a-f]{7,}: /m)
  for (const one of listPublished(copy)) {
    const text = readChangelog(one)
    const { version: now } = one.manifest
    if (text === undefined) expect(now, one.name).toBe(before.get(one.name))
    else expect(text, one.name).toMatch(new RegExp(`^# ${one.name}\n\n## ${now.replaceAll('.', '\\.')}\n`))
  }
})

it('a minor version takes those along whose range excludes it, and nobody else', async () => {
  const name = '@tmux-orchestrator/worktree'
  const before = listPublished(copy)
  leaveOne(name, 'minor')
  await version()
  // Who needs one of these in turn takes their patch without a release.
  const touched = new Set([name, ...before.filter((one) => needs(one).includes(name)).map((one) => one.name)])
  expect(touched.size).toBeGreaterThan(1)
  const after = listPublished(copy)
  for (const [at, { name: other, manifest }] of before.entries())
    expect(after[at]?.manifest.version !== manifest.version, other).toBe(touched.has(other))
  const found = (wanted: string): Published | undefined => after.find((one) => one.name === wanted)
  const orchestrator = found('@tmux-orchestrator/orchestrator')
  expect(orchestrator && readChangelog(orchestrator)).toContain(
    `- Needs \`${name}\` ${found(name)?.manifest.version}.`,
  )
  expect(found(name)?.manifest.version.split('.').at(-1)).toBe('0')
})

it('a patch that everybody’s range takes in is a release of that package alone', async () => {
  const name = '@tmux-orchestrator/worktree'
  const before = listPublished(copy)
  leaveOne(name, 'patch')
  await version()
  const changed = listPublished(copy).filter(
    ({ manifest }, at) => manifest.version !== before[at]?.manifest.version,
  )
  expect(changed.map((one) => one.name)).toEqual([name])
  expect(changed[0] && readChangelog(changed[0])).toMatch(
    /### Patch Changes\n\n- One thing\n {2}is better\.\n/,
  )
})
