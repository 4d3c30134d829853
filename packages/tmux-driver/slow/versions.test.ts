import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { Tmux } from '../src/index.ts'
import { isMissing, programOf, root } from './tmux-programs.ts'

const releases = [
  ['trixie', /^3\.5/],
  ['sid', /^3\.([89]|\d\d)|^[4-9]/],
] as const
const slice = process.env['TMO_SLICE']
const chosen = releases.filter((_, at) => slice === undefined || at === Number(slice) % releases.length)

for (const [release, version] of chosen) {
  it.skipIf(isMissing(programOf(release)))(
    `all tests of the driver hold with the tmux of Debian ${release}`,
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'tmo-'))
      try {
        await using tmux = await Tmux.open({
          socket: { path: join(directory, 's') },
          tmux: programOf(release),
        })
        expect(tmux.version.text).toMatch(version)
        await tmux.killServer()
        const report = join(directory, 'report.json')
        const output = await runTests(programOf(release), report)
        const { numFailedTests, numPassedTests } = JSON.parse(readFileSync(report, 'utf8'))
        expect(numFailedTests, output).toBe(0)
        expect(numPassedTests).toBeGreaterThan(200)
      } finally {
        await rm(directory, { recursive: true, force: true })
      }
    },
  )
}

it.skipIf(isMissing(programOf('bullseye')))(
  'a real tmux 3.1 is refused, and nothing of it stays',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tmo-'))
    try {
      const opening = Tmux.open({ socket: { path: join(directory, 's') }, tmux: programOf('bullseye') })
      await expect(opening).rejects.toMatchObject({
        code: 'TMUX_VERSION',
        message: expect.stringContaining('3.1c'),
      })
      expect(existsSync(join(directory, 's'))).toBe(false)
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  },
)

/** The integration tests, with this program first on their PATH; answers what they printed. */
async function runTests(tmux: string, report: string): Promise<string> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const argv = [vitest, 'run', '--project', 'integration', 'packages/tmux-driver', ...reporters]
  const env = { ...process.env, PATH: `${dirname(tmux)}:${process.env['PATH']}`, VITEST: undefined }
  const child = spawn(process.execPath, argv, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  await new Promise((resolve) => child.once('close', resolve))
  return output
}
