import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, link, mkdir, mkdtemp, rename, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { composeTeam } from '../src/compose-team.ts'
import { detectProjectType } from '../src/detect-project-type.ts'
import { isTeamError } from '../src/errors.ts'
import { scanProject } from '../src/scan-project.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tmo-scan-'))
})
afterEach(async () => {
  execFileSync('rm', ['-rf', dir])
})

async function write(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), '')
  }
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'fulfilled',
    (error: unknown) => (isTeamError(error) ? error.code : error),
  )
}

describe('the profile of a tree', () => {
  it('is the same twice, and for the same tree made in another order elsewhere', async () => {
    const paths = ['b/x.ts', 'a/y.py', 'main.tf', 'a/b/c.csv', 'package.json', 'test/x.test.ts']
    await write(...paths.map((path) => `one/${path}`), ...paths.toReversed().map((path) => `two/${path}`))
    const one = await scanProject(join(dir, 'one'))
    expect(one).toMatchObject({ files: 6, folders: 4, codeFiles: 3, testFiles: 1, isGit: false })
    expect(await scanProject(join(dir, 'one'))).toEqual(one)
    expect(await scanProject(join(dir, 'two'))).toEqual(one)
    expect(JSON.parse(JSON.stringify(one))).toEqual(one)
  })

  it('leaves out vendored and generated folders', async () => {
    await write('package.json', 'src/a.ts', 'node_modules/x/main.tf', 'vendor/y/go.mod', 'web/dist/b.js')
    await write('.venv/c.py', 'py/env9/pyvenv.cfg', 'py/env9/d.py', 'cache/CACHEDIR.TAG', 'cache/e.csv')
    await write('target/f.rs', 'Build/g.c', 'cmake-build-debug/h.c', '.terraform/i.tf', 'z.egg-info/j.py')
    const profile = await scanProject(dir)
    expect(profile).toMatchObject({ files: 2, codeFiles: 1, ignoredFolders: 11 })
    expect(profile.signals.map((signal) => signal.id)).toEqual(['manifest'])
  })

  it('leaves out repositories inside a git project, and looks into them where there is none around', async () => {
    await write('module/.git', 'module/a.tf', 'clone/.git/HEAD', 'clone/b.tf', 'own/c.ts')
    expect(await scanProject(dir)).toMatchObject({ isGit: false, files: 4 })
    await mkdir(join(dir, '.git'))
    expect(await scanProject(dir)).toMatchObject({ isGit: true, files: 1, ignoredFolders: 3 })
  })

  it('does not change with generated folders filling up', async () => {
    await write('main.tf')
    const before = await scanProject(dir)
    await write('node_modules/a/package.json', 'node_modules/a/x.js')
    expect(detectProjectType(await scanProject(dir))).toEqual(detectProjectType(before))
  })
})

describe('a hostile tree', () => {
  it('is no trap by links, pipes, sockets or giant files', async () => {
    await write('a/b/x.ts')
    await symlink(dir, join(dir, 'a/b/loop'))
    await symlink('../../..', join(dir, 'a/b/up'))
    await symlink('self', join(dir, 'self'))
    await symlink('/', join(dir, 'root'))
    await symlink('gone', join(dir, 'main.tf'))
    execFileSync('mkfifo', [join(dir, 'package.json')])
    execFileSync('truncate', ['-s', '1T', join(dir, 'huge.sql')])
    await link(join(dir, 'huge.sql'), join(dir, 'hard.sql'))
    const profile = await scanProject(dir)
    expect(profile).toMatchObject({ files: 3, folders: 2, links: 5, others: 1, codeFiles: 1, unreadable: 0 })
    expect(profile.signals.some((signal) => signal.id === 'manifest')).toBe(false)
  })

  it('may have names that break lines, terminals and encodings', async () => {
    await write(
      'new\nline.tf',
      'esc\u001b[2J.tf',
      '$(touch x).tf',
      '-rf.tf',
      '__proto__',
      'constructor.py',
      ' ',
    )
    execFileSync('sh', ['-c', 'printf x > "$(printf "bad\\377.tf")"; mkdir "$(printf "dir\\376")"'], {
      cwd: dir,
    })
    const profile = await scanProject(dir)
    expect(profile).toMatchObject({ files: 8, unreadable: 1 })
    const text = JSON.stringify(composeTeam({ profile }).agents)
    expect(text).not.toMatch(/\\u001b|\\n/)
  })

  it('may be nested beyond what a path can name', async () => {
    let tree = ''
    for (let part = 0; part < 60; part += 1) tree = await deepen(tree)
    const profile = await scanProject(dir)
    expect(profile.folders).toBeGreaterThan(15)
    expect(profile.problems.map((problem) => problem.code)).toEqual(['ENAMETOOLONG'])
  })

  /** Puts the tree so far below one more folder, so that no path in use is ever long. */
  async function deepen(tree: string): Promise<string> {
    await mkdir(join(dir, 'new'))
    if (tree !== '') await rename(join(dir, 'deep'), join(dir, 'new', 'd'.repeat(200)))
    await rename(join(dir, 'new'), join(dir, 'deep'))
    return 'deep'
  }

  it('is looked at up to the limit, at the same place each time', async () => {
    await write(...Array.from({ length: 60 }, (_, at) => `d${at % 6}/f${at}.ts`), 'package.json')
    expect(await scanProject(dir, { maxFiles: 67 })).toMatchObject({ files: 61, isTruncated: false })
    for (const maxFiles of [1, 5, 7, 30, 66]) {
      const cut = await scanProject(dir, { maxFiles })
      expect(cut).toMatchObject({ isTruncated: true })
      expect(cut.files + cut.folders).toBe(maxFiles)
      expect(await scanProject(dir, { maxFiles })).toEqual(cut)
    }
    await expect(scanProject(dir, { maxFiles: 0 })).rejects.toThrow(RangeError)
    await expect(scanProject(dir, { maxFiles: Number.NaN })).rejects.toThrow(RangeError)
  })

  it('is cut at the same place in whatever order its files were made', async () => {
    const names = Array.from({ length: 40 }, (_, at) => (at % 2 ? `n${at}.py` : `n${at}.ts`))
    await write(...names.map((name) => `one/${name}`), ...names.toReversed().map((name) => `two/${name}`))
    const one = await scanProject(join(dir, 'one'), { maxFiles: 7 })
    expect(await scanProject(join(dir, 'two'), { maxFiles: 7 })).toEqual(one)
  })

  it('with nothing in it is a code project that nothing speaks for', async () => {
    const team = composeTeam({ profile: await scanProject(dir) })
    expect(team).toMatchObject({ projectType: 'code_project', size: 'small', confidence: 0 })
    expect(team.agents).toHaveLength(4)
  })
})

describe('what cannot be scanned', () => {
  it('is refused with a code and a hint', async () => {
    await write('file')
    expect(await codeOf(scanProject(join(dir, 'none')))).toBe('NO_SUCH_DIRECTORY')
    expect(await codeOf(scanProject(join(dir, 'file/below')))).toBe('NO_SUCH_DIRECTORY')
    expect(await codeOf(scanProject(join(dir, 'file')))).toBe('NOT_A_DIRECTORY')
    expect(await codeOf(scanProject('\0'))).toBe('UNREADABLE')
    await symlink('loop', join(dir, 'loop'))
    expect(await codeOf(scanProject(join(dir, 'loop')))).toBe('UNREADABLE')
  })

  it('is told by folder where permissions are missing, and refused where the root is', async () => {
    await write('package.json', 'open/a.ts', 'shut/b.ts')
    await chmod(join(dir, 'shut'), 0)
    await chmod(dir, 0o755)
    const seen = scanAsNobody(dir)
    expect(seen).toMatchObject({ files: 2, unreadable: 1, problems: [{ path: 'shut', code: 'EACCES' }] })
    await chmod(dir, 0o700)
    expect(scanAsNobody(dir)).toEqual({ code: 'UNREADABLE' })
    await chmod(join(dir, 'shut'), 0o700)
  })

  it('stops for a signal with its own reason', async () => {
    const reason = new Error('enough')
    await expect(scanProject(dir, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await write(...Array.from({ length: 200 }, (_, at) => `d${at}/e/f.ts`))
    const controller = new AbortController()
    const scan = scanProject(dir, { signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await expect(scan).rejects.toBe(reason)
  })
})

/** Scans in a process of a user without rights of root, which is handed the built package: it may not read where that lies. */
function scanAsNobody(path: string): unknown {
  const built = readFileSync(new URL('../dist/index.js', import.meta.url), 'utf8')
  const script = `${built}\nconst print = (value) => process.stdout.write(JSON.stringify(value))
    scanProject(process.env.SCAN).then(print, (error) => print({ code: error.code }))`
  const isRoot = process.getuid?.() === 0
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-'], {
    input: script,
    env: { SCAN: path },
    cwd: '/',
    ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
  })
  if (stdout.length === 0) throw new Error(String(stderr))
  return JSON.parse(String(stdout))
}
