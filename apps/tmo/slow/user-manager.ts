import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '../e2e/room.ts'

const program = '/usr/lib/systemd/systemd'
const hierarchies = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified', '/sys/fs/cgroup/systemd']

/** Why no user manager of systemd can be run beside the machine's own, or undefined. */
export function whyNoUserManager(): string | undefined {
  if (!existsSync(program)) return 'systemd is not installed'
  if (process.getuid?.() !== 0) return 'only root may give it control groups of its own'
  if (spawnSync('unshare', ['--mount', 'true']).status !== 0) return 'no mount namespace can be made'
  return undefined
}

/**
 * The systemd of a user, real, in control groups of its own. It believes that the machine was booted with systemd: it finds the folder
 * that says so in a mount namespace of its own.
 */
export class UserManager implements AsyncDisposable {
  /** Where its sockets are: the `XDG_RUNTIME_DIR` of whoever talks to it. */
  readonly runtime: string
  readonly #env: NodeJS.ProcessEnv
  readonly #child: ChildProcess
  readonly #groups: readonly string[]
  readonly #ended: Promise<unknown>
  #said = ''

  /** @param group the path of its control group, which it may have alone */
  private constructor(folder: string, env: NodeJS.ProcessEnv, group: string) {
    this.runtime = join(folder, 'run')
    mkdirSync(this.runtime, { mode: 0o700 })
    this.#env = { ...env, XDG_RUNTIME_DIR: this.runtime }
    const roots = hierarchies.filter((hierarchy) => existsSync(join(hierarchy, 'cgroup.procs')))
    const groups = roots.map((hierarchy) => join(hierarchy, group))
    for (const path of groups) mkdirSync(path, { recursive: true })
    this.#groups = roots.map((hierarchy) => join(hierarchy, group.split('/')[0] ?? group))
    const steps = [
      ...groups.map((path) => `echo $$ > ${path}/cgroup.procs`),
      'mount -t tmpfs none /run/systemd',
      'mkdir /run/systemd/system',
      `exec ${program} --user --log-target=console`,
    ]
    const argv = [
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-ec',
      `mkdir -p /run/systemd; ${steps.join('; ')}`,
    ]
    this.#child = spawn('unshare', argv, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.#said += chunk.toString()))
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#said += chunk.toString()))
    this.#ended = new Promise((resolve) => this.#child.once('exit', resolve))
  }

  static async start(folder: string, env: NodeJS.ProcessEnv, group: string): Promise<UserManager> {
    const manager = new UserManager(folder, env, group)
    // `is-system-running` looks at how the machine was booted, not at the manager
    const look = ['--user', 'show', '--property=SystemState', '--value']
    try {
      await waitFor('a user manager', () => {
        if (manager.#child.exitCode !== null) throw new Error(`systemd ended: ${manager.#said}`)
        return /^(running|degraded)/.test(String(spawnSync('systemctl', look, { env: manager.#env }).stdout))
      })
    } catch (error) {
      await manager[Symbol.asyncDispose]()
      throw error
    }
    return manager
  }

  /** `systemctl --user …`; what it printed. */
  ctl(...argv: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync('systemctl', ['--user', ...argv], { env: this.#env })
    if (status !== 0) throw new Error(`systemctl --user ${argv.join(' ')}: ${stderr}`)
    return stdout.toString().trim()
  }

  /** `systemd-run --user …`: a unit that ends with its program, or when it is stopped. */
  run(...argv: readonly string[]): void {
    const { status, stderr } = spawnSync('systemd-run', ['--user', '--quiet', ...argv], { env: this.#env })
    if (status !== 0) throw new Error(`systemd-run --user ${argv.join(' ')}: ${stderr}`)
  }

  /** The main process of a unit. */
  mainPid(unit: string): number {
    return Number(this.ctl('show', '--property=MainPID', '--value', unit))
  }

  /** What happens with the last logout of a user who does not linger: every unit is ended, then the manager itself. */
  async logOut(): Promise<void> {
    if (this.#child.exitCode === null) this.ctl('exit')
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGTERM')
    await this.#ended
    // What outlived it goes back to where it came from, as the kernel lets no full group be removed.
    for (const path of this.#groups) removeGroup(path)
  }
}

/** The control groups of a process, as the kernel tells them. */
export function groupsOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cgroup`, 'utf8')
}

function removeGroup(path: string): void {
  const parent = join(path, '..')
  const folders = spawnSync('find', [path, '-depth', '-type', 'd']).stdout.toString().trim().split('\n')
  for (const folder of folders) {
    for (const pid of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
      writeFileSync(join(parent, 'cgroup.procs'), pid)
    rmdirSync(folder)
  }
}
