import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url))
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tmo-team-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(...argv: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { cwd: dir, env: { PATH: process.env['PATH'] ?? '', HOME: dir, NO_COLOR: '1' } }
    const child = execFile(process.execPath, [program, ...argv], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
}

const project = { 'my shop ü/package.json': '{}', 'my shop ü/src/a.ts': '', 'my shop ü/test/a.test.ts': '' }
const spec = '# Shop\n\n## Tasks\n- [ ] Write `cart.ts`\n- [ ] Write `till.ts`\n- [ ] Print, after t2\n'

describe('tmo-team', () => {
  it('prints the team as one JSON document', async () => {
    await write({ ...project, 'spec.md': spec })
    const { code, stdout, stderr } = await run('my shop ü', '--spec', 'spec.md', '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const answer = JSON.parse(stdout)
    expect(answer).toMatchObject({
      schemaVersion: 1,
      projectType: 'code_project',
      size: 'small',
      plan: 'max5',
    })
    expect(answer.agents.map((agent: { name: string }) => agent.name)).toEqual([
      'orchestrator',
      'project_manager',
      'developer',
      'tester',
    ])
    for (const agent of answer.agents) expect(agent.evidence.length).toBeGreaterThan(0)
    expect(answer.tasks.map((task: { owner: string }) => task.owner)).toEqual([
      'developer',
      'developer',
      'developer',
    ])
    expect((await run('my shop ü', '--spec', 'spec.md', '--json')).stdout).toBe(stdout)
  })

  it('shows the team and why to people', async () => {
    await write(project)
    const { code, stdout } = await run('my shop ü')
    expect(code).toBe(0)
    expect(stdout).toContain('4 agents for a small code_project on plan max5')
    expect(stdout).toContain('manifest: package.json')
  })

  it('follows every choice', async () => {
    await write(project)
    const names = async (...argv: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await run('my shop ü', '--json', ...argv)
      return JSON.parse(stdout).agents.map((agent: { name: string }) => agent.name)
    }
    expect(await names('--roles', 'developer')).toEqual(['developer'])
    expect(await names('--roles', 'Developer,tester,developer')).toEqual([
      'developer',
      'developer-2',
      'tester',
    ])
    expect(await names('--plan', 'pro')).toEqual(['orchestrator', 'developer', 'tester'])
    expect(await names('--team-type', 'infrastructure_as_code', '--plan', 'pro')).toContain('devops')
    expect(await names('--team-type', 'system_deployment', '--size', 'large', '--plan', 'console')).toContain(
      'securityops',
    )
  })

  it('leaves nothing behind in the project', async () => {
    await write(project)
    await run('my shop ü')
    expect((await readdir(dir, { recursive: true })).toSorted()).toEqual(
      [
        'my shop ü',
        'my shop ü/package.json',
        'my shop ü/src',
        'my shop ü/src/a.ts',
        'my shop ü/test',
        'my shop ü/test/a.test.ts',
      ].toSorted(),
    )
  })

  it('prints no control character of a foreign name or spec', async () => {
    await write({ 'p/evil\u001b[2J\n.tf': '', 'spec.md': '# a\u001b[31m\n- [ ] b\u001b]0;x\u0007 \u202e\n' })
    const { stdout, code } = await run('p', '--spec', 'spec.md')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]*$/)
  })

  it.each([
    [['nowhere'], 1, /no folder .*nowhere/],
    [['file.txt'], 1, /not a folder/],
    [['.', '--spec', 'none.md'], 1, /no file .*none\.md/],
    [['.', '--spec', 'empty.md'], 1, /empty/],
    [['.', '--spec', 'binary.md'], 1, /UTF-8|binary/],
    [['.', '--spec', '.'], 1, /not a file/],
    [['.', '--roles', 'developer,wizard'], 2, /no role .*wizard[\s\S]*orchestrator/],
    [['.', '--roles', ''], 2, /role/],
    [['.', '--roles', 'developer,,tester'], 2, /empty word/],
    [['.', '--roles', Array.from({ length: 6 }, () => 'developer').join()], 2, /max5 carries 5[\s\S]*max20/],
    [['.', '--plan', 'free'], 2, /plan/],
    [['.', '--size', 'huge'], 2, /size/],
    [['.', '--team-type', 'game'], 2, /team-type/],
    [['.', '--jsn'], 2, /--json/],
    [[], 2, /dir/],
  ])('refuses %j with exit code %i and a way on', async (argv, expected, text) => {
    await write({ 'file.txt': 'x', 'empty.md': ' \n', 'binary.md': '\0\u0001' })
    const { code, stdout, stderr } = await run(...argv)
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
    expect(stderr).toMatch(text)
    if (argv.length > 0) expect(stderr).toContain('hint:')
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})
