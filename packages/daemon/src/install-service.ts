import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { loginName } from './choose-scope.ts'
import { DaemonError } from './errors.ts'
import { formatLaunchAgent, formatSystemdUnit, type Service } from './format-service.ts'
import { type Environment, resolveHome } from './home.ts'

/** What the service runs, and for which environment. */
export interface InstallServiceOptions {
  /** @defaultValue `process.env`; its `TMO_…` settings and `PATH` become the service's */
  readonly env?: Environment
  /** What is run: a program and its words, absolute. */
  readonly argv: readonly string[]
  /** Called once the service manager is known to listen, before it starts the daemon: ends the one that runs without it. */
  readonly beforeStart?: () => Promise<void>
  /** Called once it was started; what this throws takes the service away again. */
  readonly afterStart?: () => Promise<void>
  /** Only tells. @defaultValue false */
  readonly dryRun?: boolean
  /** Chooses the service manager: launchd for `darwin`, else systemd. @defaultValue `process.platform` */
  readonly platform?: NodeJS.Platform
}

/** A service as its manager knows it. */
export interface InstalledService {
  readonly name: string
  readonly file: string
  readonly text: string
  readonly installed: boolean
  /** Whether it also runs while nobody is logged in; `false` says what to do in `hint`. */
  readonly survivesLogout: boolean
  readonly hint?: string
}

/** Settings that follow the daemon into its service; an agent's identity and a terminal's do not. */
const kept = [
  'TMO_DATABASE_URL',
  'TMO_TMUX_SOCKET',
  'TMO_TMUX',
  'TMO_HOST',
  'TMO_CLI',
  'XDG_STATE_HOME',
  'LANG',
]

/**
 * Has the user's service manager (systemd, on macOS launchd) keep the daemon of a home running, now and after each start of the machine.
 *
 * @throws DaemonError SERVICE_FAILED when there is no service manager or it refuses, or what `afterStart` throws; what was there before is there then
 */
export async function installService(options: InstallServiceOptions): Promise<InstalledService> {
  const env = options.env ?? process.env
  const isMac = (options.platform ?? process.platform) === 'darwin'
  const { service, file } = describeService(env, options.argv, isMac)
  const text = isMac ? formatLaunchAgent(service) : formatSystemdUnit(service)
  const told = { name: service.name, file, text }
  if (options.dryRun === true) return { ...told, installed: false, survivesLogout: false }
  mkdirSync(dirname(file), { recursive: true })
  const before = existsSync(file) ? readFileSync(file) : undefined
  writeFileSync(file, text)
  try {
    if (!isMac) run('systemctl', ['--user', 'daemon-reload'], env)
    await options.beforeStart?.()
    if (isMac) run('launchctl', ['load', '-w', file], env)
    else run('systemctl', ['--user', 'enable', '--now', `${service.name}.service`], env)
    await options.afterStart?.()
  } catch (error) {
    takeBack(options, service.name, file, before)
    throw error
  }
  if (isMac) return { ...told, installed: true, survivesLogout: false }
  const user = loginName() ?? String(process.getuid?.())
  const lingers = tryRun('loginctl', ['enable-linger', user], env)
  return {
    ...told,
    installed: true,
    survivesLogout: lingers,
    ...(lingers ? {} : { hint: `to go on after you log out: sudo loginctl enable-linger ${user}` }),
  }
}

/** A service that was there before is tried again as it was. What fails here is less than what failed before it. */
function takeBack(
  { env = process.env, platform }: InstallServiceOptions,
  name: string,
  file: string,
  before: Buffer | undefined,
): void {
  const isMac = (platform ?? process.platform) === 'darwin'
  const systemctl = (...words: readonly string[]): boolean => tryRun('systemctl', ['--user', ...words], env)
  if (isMac) tryRun('launchctl', ['unload', '-w', file], env)
  else systemctl('disable', '--now', `${name}.service`)
  if (before === undefined) rmSync(file, { force: true })
  else writeFileSync(file, before)
  if (!isMac) systemctl('daemon-reload')
  if (before === undefined) return
  if (isMac) tryRun('launchctl', ['load', '-w', file], env)
  else systemctl('enable', '--now', `${name}.service`)
}

/** The service that keeps the daemon of a home running, with the command that restarts it; `undefined` where none is installed. */
export function findService({
  env = process.env,
  platform = process.platform,
}: Pick<InstallServiceOptions, 'env' | 'platform'>):
  | { readonly name: string; readonly file: string; readonly restart: string }
  | undefined {
  const isMac = platform === 'darwin'
  const { service, file } = describeService(env, [], isMac)
  if (!existsSync(file)) return undefined
  const restart = isMac
    ? `launchctl kickstart -k gui/${process.getuid?.()}/${service.name}`
    : `systemctl --user restart ${service.name}.service`
  return { name: service.name, file, restart }
}

/** Takes the service away and ends its daemon; agents go on. `removed` is false when there was none. */
export function uninstallService({
  env = process.env,
  dryRun = false,
  platform = process.platform,
}: Pick<InstallServiceOptions, 'env' | 'dryRun' | 'platform'>): {
  readonly name: string
  readonly file: string
  readonly removed: boolean
} {
  const isMac = platform === 'darwin'
  const { service, file } = describeService(env, [], isMac)
  if (!existsSync(file) || dryRun) return { name: service.name, file, removed: false }
  if (isMac) run('launchctl', ['unload', '-w', file], env)
  else run('systemctl', ['--user', 'disable', '--now', `${service.name}.service`], env)
  rmSync(file, { force: true })
  if (!isMac) run('systemctl', ['--user', 'daemon-reload'], env)
  return { name: service.name, file, removed: true }
}

function describeService(
  env: Environment,
  argv: readonly string[],
  isMac: boolean,
): { service: Service; file: string } {
  const home = resolveHome(env)
  const name = `tmo-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`
  const settings: Record<string, string> = { TMO_HOME: home, PATH: env['PATH'] ?? '' }
  for (const key of kept) {
    const value = env[key]
    if (value !== undefined && value !== '') settings[key] = value
  }
  const user = env['HOME'] || homedir()
  const config = env['XDG_CONFIG_HOME'] || join(user, '.config')
  const file = isMac
    ? join(user, 'Library', 'LaunchAgents', `${name}.plist`)
    : join(config, 'systemd', 'user', `${name}.service`)
  return { service: { name, home, argv, env: settings }, file }
}

function run(program: string, words: readonly string[], env: Environment): void {
  const { status, stderr, error } = spawnSync(program, words, { env, encoding: 'utf8', timeout: 60_000 })
  if (status === 0) return
  const why = error?.message ?? (stderr.trim() || `it ended with ${status}`)
  throw new DaemonError('SERVICE_FAILED', `${program} ${words.join(' ')}: ${why}`, {
    hint: 'without a service manager of your user, run tmo-scheduler start, or tmo-scheduler run under one of your own',
    ...(error === undefined ? {} : { cause: error }),
  })
}

function tryRun(program: string, words: readonly string[], env: Environment): boolean {
  return spawnSync(program, words, { env, stdio: 'ignore', timeout: 60_000 }).status === 0
}
