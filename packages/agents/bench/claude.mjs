import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openModelServer } from '@tmux-orchestrator/agent-sim/model'
import { adapterFor, deliver, formatMessage } from '../dist/index.js'
import { startWatch } from './bench.mjs'

const version = '2.1.330'
const messages = 20
const idleSeconds = 10
/** Of no worth anywhere. */
const key = 'sk-ant-dummy-0123456789abcdefghijklmnop'

/**
 * Claude Code against a simulated model: from the call of `deliver` to its proof, and what reaches the model while nobody asks anything of it.
 * `undefined` where it is not provisioned.
 */
export async function measureClaude({ tmux, folder: unresolved }) {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const agents = process.env.TEST_AGENTS || join(cache, 'tmux-orchestrator', 'agents')
  const bin = join(agents, `@anthropic-ai/claude-code@${version}`, 'node_modules', '.bin')
  if (!existsSync(join(bin, 'claude'))) {
    console.error(
      `claude_accept_p95_ms is not measured: Claude Code ${version} is not in ${agents}; npm run test:agents provisions it`,
    )
    return undefined
  }
  const folder = realpathSync(unresolved)
  const model = await openModelServer()
  try {
    const agent = await launch({ tmux, folder, bin, url: model.url })
    await untilIdle(agent)
    const acceptedMs = []
    for (let index = -2; index < messages; index += 1) {
      const token = `tmo-m-${randomUUID().slice(0, 8)}`
      const message = {
        token,
        text: formatMessage({ token, from: 'lead', text: `number ${index} <<text ok>>` }),
      }
      const start = performance.now()
      const delivery = await deliver({
        tmux,
        adapter: agent.adapter,
        handle: agent.handle,
        message,
        timeoutMs: 30_000,
      })
      const ms = performance.now() - start
      if (delivery.status !== 'submitted') throw new Error(JSON.stringify(delivery))
      if (index >= 0) acceptedMs.push(ms)
      await untilIdle(agent)
    }
    return { acceptedMs, injected: [await measureIdle(tmux, agent, model)] }
  } finally {
    await tmux.killServer()
    await model.close()
  }
}

/** Tokens of four bytes that users' messages gain while it is watched and idle, for an hour. */
async function measureIdle(tmux, agent, model) {
  const entered = () => model.requests().filter(({ purpose }) => purpose === 'turn').length
  const before = entered()
  const watch = startWatch(tmux, [{ name: 'claude', ...agent }])
  await watch.untilCount(1)
  await sleep(idleSeconds * 1000)
  await watch.end()
  const bytes = model
    .requests()
    .filter(({ purpose }) => purpose === 'turn')
    .slice(before)
    .reduce((sum, { userBytes }) => sum + userBytes, 0)
  return ((bytes / 4) * 3600) / idleSeconds
}

async function launch({ tmux, folder, bin, url }) {
  const home = join(folder, 'home')
  const temporary = join(home, 'tmp')
  mkdirSync(temporary, { recursive: true, mode: 0o700 })
  const config = {
    hasCompletedOnboarding: true,
    customApiKeyResponses: { approved: [key.slice(-20)], rejected: [] },
    projects: { [folder]: { hasTrustDialogAccepted: true } },
    hasSeenAutoDefaultNotice: true,
    officialMarketplaceAutoInstallAttempted: true,
  }
  writeFileSync(join(home, '.claude.json'), JSON.stringify(config), { mode: 0o600 })
  const env = {
    PATH: [bin, process.env.PATH ?? ''].join(delimiter),
    HOME: home,
    LANG: 'C.UTF-8',
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: key,
    DISABLE_TELEMETRY: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_MAX_RETRIES: '1',
    CLAUDE_CODE_TMPDIR: temporary,
    TMPDIR: temporary,
  }
  const adapter = adapterFor('claude', { env })
  const conversationId = randomUUID()
  const place = { cwd: folder, conversationId, stateDir: join(folder, 'state') }
  const who = { orchestration: 'bench-abcd', name: 'claude', role: 'developer', tmoBin: bin, env: {} }
  const plan = await adapter.prepare({ ...who, ...place, mode: 'new' })
  // Nothing of our own environment reaches it but what tmux sets.
  const script = 'exec env -i TERM="$TERM" TMUX="$TMUX" TMUX_PANE="$TMUX_PANE" "$@"'
  const all = Object.entries({ ...env, ...plan.env }).map(([name, value]) => `${name}=${value}`)
  const command = ['/bin/sh', '-c', script, 'sh', ...all, ...plan.argv]
  const { pane } = await tmux.newSession({
    name: 'claude',
    cwd: folder,
    command,
    size: { cols: 120, rows: 40 },
  })
  const row = (await tmux.list({ fields: ['pane', 'pid'] })).find((one) => one.pane === pane)
  return { tmux, adapter, handle: { ...place, pane, pid: row.pid } }
}

async function untilIdle({ tmux, adapter, handle }) {
  const end = performance.now() + 60_000
  const screen = async () => (await tmux.capture(handle.pane, { attributes: true })).text
  for (;;) {
    const row = (await tmux.list({ fields: ['pane', 'dead', 'title'] })).find(
      (one) => one.pane === handle.pane,
    )
    const { state } = await adapter.activity(handle, { dead: row?.dead ?? true, title: row?.title, screen })
    if (state === 'idle') return
    if (performance.now() > end) throw new Error(`Claude Code is ${state}:\n${await screen()}`)
    await sleep(30)
  }
}
