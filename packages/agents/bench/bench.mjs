/**
 * How soon a message is proven at an agent, how soon what an agent does is told, and what watching costs. With simulated agents, and with
 * Claude Code against a simulated model where it is provisioned (`npm run test:agents` provisions it).
 *
 * Run by itself: node bench/bench.mjs (after a build)
 */
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseRecord, simProgram } from '@tmux-orchestrator/agent-sim'
import { Tmux } from '@tmux-orchestrator/tmux-driver'
import { adapterFor, deliver, formatMessage, judge, screenFinding, watchActivity } from '../dist/index.js'
import { measureClaude } from './claude.mjs'

const counts = { deliveries: 100, hooks: 40, deadHooks: 40, turns: 12, panes: 200 }
const idle = { seconds: 10, rounds: 3 }
const clockTicksPerSecond = 100

/** @returns {Promise<{name: string, value: number, unit: string, target?: number, ok?: boolean, samples: number, spread: [number, number]}[]>} */
export async function bench() {
  const accepted = await onStage(measureAcceptance)
  const hooks = await onStage(measureHooks)
  const alone = await onStage(measureHooksWithoutDaemon)
  const screens = await onStage(measureScreens)
  const cores = await onStage(measureWatch)
  const injected = await onStage(measureInjection)
  const claude = await onStage(measureClaude)
  return [
    percentile('sim_accept_p95_ms', accepted, 150),
    percentile('state_by_hook_p95_ms', hooks, 300),
    percentile('hooks_without_daemon_p95_ms', alone, 500),
    percentile('state_by_screen_p95_ms', screens, 1500),
    median('watch200_core_ratio', 'cores', cores, 0.03),
    ...(claude === undefined ? [] : [percentile('claude_accept_p95_ms', claude.acceptedMs, 1000)]),
    most('injected_tokens_per_idle_hour', 'tokens', [...injected, ...(claude?.injected ?? [])], 0),
  ]
}

/** A server and a folder of its own for each part. */
async function onStage(measure) {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-bench-'))
  const tmux = await Tmux.open({ socket: { path: join(folder, 's') } })
  try {
    return await measure({ tmux, folder })
  } finally {
    await tmux.killServer()
    await tmux.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }
}

/** From the call of `deliver` to its proof, at an idle agent. */
async function measureAcceptance(stage) {
  const agent = await launchSim(stage)
  const samples = []
  for (let index = -5; index < counts.deliveries; index += 1) {
    await untilIdle(agent)
    const token = `tmo-m-${randomUUID().slice(0, 8)}`
    const message = {
      token,
      text: formatMessage({ token, from: 'lead', text: `please look at number ${index}` }),
    }
    const start = performance.now()
    const delivery = await deliver({ tmux: stage.tmux, ...agent, message })
    const ms = performance.now() - start
    if (delivery.status !== 'submitted') throw new Error(JSON.stringify(delivery))
    if (index >= 0) samples.push(ms)
  }
  return samples
}

/** From the moment at which a program starts its hook until what it says is told: Gemini CLI's hooks, as it fires them. */
async function measureHooks(stage) {
  const { tmux, folder } = stage
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'gemini'), '#!/bin/sh\necho 0.61.0\n')
  chmodSync(join(bin, 'gemini'), 0o755)
  const adapter = adapterFor('gemini', { env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder } })
  const place = { cwd: folder, conversationId: randomUUID(), stateDir: join(folder, 'state') }
  const who = { orchestration: 'bench-abcd', name: 'a', role: 'developer', tmoBin: bin, env: {} }
  await adapter.prepare({ ...who, ...place, mode: 'new' })
  const { pane } = await tmux.newSession({ name: 'a', command: ['cat', '-'] })
  const pid = await pidOf(tmux, pane)
  const watch = startWatch(tmux, [{ name: 'a', adapter, handle: { ...place, pane, pid } }])
  const samples = []
  for (let index = 0; index < counts.hooks; index += 1) {
    const [event, state] = index % 2 === 0 ? ['BeforeAgent', 'working'] : ['AfterAgent', 'idle']
    const start = performance.now()
    const hook = spawn('/bin/sh', [
      join(place.stateDir, 'hook.sh'),
      event,
      join(place.stateDir, 'hooks.jsonl'),
      '{}',
    ])
    hook.stdin.end('{"session_id":"0"}')
    samples.push((await watch.until(({ activity }) => activity.state === state)) - start)
    await sleep(50)
  }
  await watch.end()
  return samples
}

/**
 * How long an agent waits for the hooks of a request for permission and of a tool, from start to exit, once whoever answered the one and
 * held the other was killed: Claude Code's, by the commands of its settings.
 */
async function measureHooksWithoutDaemon({ folder }) {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'claude'), '#!/bin/sh\necho "2.1.330 (Claude Code)"\n')
  chmodSync(join(bin, 'claude'), 0o755)
  const adapter = adapterFor('claude', { env: { PATH: `${bin}:/usr/bin:/bin`, HOME: folder } })
  const place = { cwd: folder, conversationId: randomUUID(), stateDir: join(folder, 'state') }
  const who = { orchestration: 'bench-abcd', name: 'a', role: 'developer', tmoBin: bin, env: {} }
  await adapter.prepare({ ...who, ...place, mode: 'new' })
  const { pid } = spawnSync('true')
  for (const file of ['permissions/keeper', 'tools/held'])
    writeFileSync(join(place.stateDir, file), `${pid}\n`)
  const { hooks } = JSON.parse(readFileSync(join(place.stateDir, 'claude-settings.json'), 'utf8'))
  const samples = []
  for (let index = -2; index < counts.deadHooks; index += 1) {
    const event = index % 2 === 0 ? 'PermissionRequest' : 'PreToolUse'
    const payload = { hook_event_name: event, tool_name: 'Bash', tool_input: { command: 'ls' }, cwd: folder }
    const start = performance.now()
    const hook = spawn('/bin/sh', ['-c', hooks[event][0].hooks[0].command])
    let said = ''
    hook.stdout.on('data', (bytes) => {
      said += bytes
    })
    hook.stdin.end(JSON.stringify(payload))
    const [code] = await once(hook, 'close')
    const ms = performance.now() - start
    if (code !== 0 || said !== '') throw new Error(`${event}: exit ${code}, said ${said}`)
    if (index >= 0) samples.push(ms)
  }
  return samples
}

/** From an agent's own note of what it does until that is told, where nothing but its screen tells; idle is seen twice. */
async function measureScreens(stage) {
  const agent = await launchSim(stage, { simPrompt: 'claude', options: { 'work-ms': '2500' } })
  await untilIdle(agent)
  const adapter = byScreen(agent.adapter)
  const watch = startWatch(stage.tmux, [{ name: 'a', adapter, handle: agent.handle }])
  await watch.until(({ activity }) => activity.state === 'idle')
  const samples = []
  for (let turn = 0; turn < counts.turns; turn += 1) {
    const token = `tmo-m-${randomUUID().slice(0, 8)}`
    const message = { token, text: formatMessage({ token, from: 'lead', text: 'begin' }) }
    const working = watch.until(({ activity }) => activity.state === 'working')
    const delivery = await deliver({ tmux: stage.tmux, ...agent, message })
    if (delivery.status !== 'submitted') throw new Error(JSON.stringify(delivery))
    samples.push(epoch(await working) - noted(stage, agent, 'busy'))
    const rested = await watch.until(({ activity }) => activity.state === 'idle')
    samples.push(epoch(rested) - noted(stage, agent, 'idle'))
  }
  await watch.end()
  return samples
}

/** Share of a core that the watch and the tmux server take together while 200 agents do nothing. */
async function measureWatch({ tmux, folder }) {
  const simHome = join(folder, 'sim')
  mkdirSync(join(simHome, 'sessions'), { recursive: true })
  const { session } = await tmux.newSession({ name: 'first', command: ['cat', '-'] })
  const specs = Array.from({ length: counts.panes - 1 }, () => ({ session, command: ['cat', '-'] }))
  await tmux.newWindows(specs)
  const adapter = adapterFor('sim', { simHome })
  const rows = await tmux.list({ fields: ['pane', 'pid'] })
  const agents = rows.map(({ pane, pid }) => {
    const sessionId = randomUUID()
    const at = Date.now()
    const status = {
      pid,
      pidStart: startOf(pid),
      sessionId,
      cwd: folder,
      status: 'idle',
      statusUpdatedAt: at,
      version: '0',
    }
    writeFileSync(join(simHome, 'sessions', `${pid}.json`), JSON.stringify(status))
    const stateDir = join(folder, `state-${pid}`)
    mkdirSync(stateDir)
    return { name: pane, adapter, handle: { conversationId: sessionId, cwd: folder, pane, pid, stateDir } }
  })
  const watch = startWatch(tmux, agents)
  await watch.untilCount(counts.panes)
  await sleep(2000)
  const samples = []
  for (let round = 0; round < idle.rounds; round += 1) {
    const before = { own: process.cpuUsage(), server: serverSeconds(tmux) }
    await sleep(idle.seconds * 1000)
    const own = process.cpuUsage(before.own)
    samples.push((serverSeconds(tmux) - before.server + (own.user + own.system) / 1e6) / idle.seconds)
  }
  await watch.end()
  return samples
}

/** What reaches idle agents that are watched, in tokens of four bytes, for an hour. */
async function measureInjection(stage) {
  const agents = []
  for (let count = 0; count < 3; count += 1) agents.push(await launchSim(stage))
  for (const agent of agents) await untilIdle(agent)
  const watch = startWatch(
    stage.tmux,
    agents.map((agent, index) => ({ name: String(index), ...agent })),
  )
  await watch.untilCount(agents.length)
  await sleep(idle.seconds * 1000)
  await watch.end()
  return agents.map((agent) => {
    const bytes = recordOf(stage, agent)
      .filter(({ type }) => type === 'received')
      .reduce((sum, { base64 }) => sum + Buffer.from(base64, 'base64').length, 0)
    return ((bytes / 4) * 3600) / idle.seconds
  })
}

async function launchSim({ tmux, folder }, { simPrompt = 'sim', options = {} } = {}) {
  const adapter = adapterFor('sim', { simHome: join(folder, 'sim'), simProgram: simProgram(), simPrompt })
  const conversationId = randomUUID()
  const place = { cwd: folder, conversationId, stateDir: join(folder, `state-${conversationId}`) }
  mkdirSync(place.stateDir)
  const who = { orchestration: 'bench-abcd', name: 'a', role: 'developer', tmoBin: folder, env: {} }
  const plan = await adapter.prepare({
    ...who,
    ...place,
    mode: 'new',
    options: { 'think-ms': '0', ...options },
  })
  const size = { cols: 120, rows: 40 }
  const name = `t-${conversationId.slice(0, 8)}`
  const { pane } = await tmux.newSession({ name, cwd: folder, env: plan.env, command: plan.argv, size })
  return { adapter, handle: { ...place, pane, pid: await pidOf(tmux, pane) } }
}

/** The same agent, as one of which only the screen tells. */
function byScreen(adapter) {
  let since
  return {
    program: adapter.program,
    proof: adapter.proof,
    shells: adapter.shells,
    readScreen: (screen) => adapter.readScreen(screen),
    activity: async (_handle, look) => {
      const at = Date.now()
      const finding = screenFinding(adapter.readScreen(await look.screen()), { now: at })
      const signal = { ...finding, source: 'screen', at }
      const isSecond = finding.state === 'idle' && since !== undefined && at - since >= 250
      since = finding.state === 'idle' ? (since ?? at) : undefined
      return finding.state !== 'idle' || isSecond
        ? judge([signal])
        : judge([{ state: 'working', source: 'screen', at, detail: 'idle, seen once' }, signal])
    },
  }
}

/** A watch whose changes are waited for; `until` gives the instant at which one was told. */
export function startWatch(tmux, agents) {
  const stop = new AbortController()
  const latest = new Map()
  let check = () => undefined
  const done = (async () => {
    for await (const change of watchActivity({ tmux, agents, signal: stop.signal })) {
      latest.set(change.agent, change)
      check(change)
    }
  })()
  const wait = (isSo) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('nothing of it was told within 30 s')), 30_000)
      check = (change) => {
        if (!isSo(change)) return
        clearTimeout(timer)
        check = () => undefined
        resolve(performance.now())
      }
      for (const change of latest.values()) if (isSo(change)) return check(change)
    })
  return {
    until: wait,
    untilCount: (count) => wait(() => latest.size >= count),
    end: async () => {
      stop.abort()
      await done
    },
  }
}

async function untilIdle({ adapter, handle }) {
  const end = performance.now() + 30_000
  while ((await adapter.activity(handle, { dead: false })).state !== 'idle') {
    if (performance.now() > end) throw new Error('the agent is not idle')
    await sleep(20)
  }
}

function recordOf({ folder }, { handle }) {
  return parseRecord(readFileSync(join(folder, 'sim', 'records', `${handle.conversationId}.jsonl`), 'utf8'))
}

function noted(stage, agent, status) {
  return recordOf(stage, agent).findLast((line) => line.type === 'status' && line.status === status).at
}

const epoch = (monotonic) => performance.timeOrigin + monotonic

async function pidOf(tmux, pane) {
  return (await tmux.list({ fields: ['pane', 'pid'] })).find((row) => row.pane === pane).pid
}

function startOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function serverSeconds(tmux) {
  const stat = readFileSync(`/proc/${tmux.server.pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond
}

function percentile(name, samples, target) {
  const sorted = [...samples].sort((a, b) => a - b)
  return figure(name, 'ms', sorted[Math.ceil(sorted.length * 0.95) - 1], sorted, target)
}

function median(name, unit, samples, target) {
  const sorted = [...samples].sort((a, b) => a - b)
  return figure(name, unit, sorted[Math.floor(sorted.length / 2)], sorted, target)
}

function most(name, unit, samples, target) {
  const sorted = [...samples].sort((a, b) => a - b)
  return figure(name, unit, sorted.at(-1), sorted, target)
}

function figure(name, unit, value, sorted, target) {
  const round = (number) => Math.round(number * 1000) / 1000
  const spread = [round(sorted[0]), round(sorted.at(-1))]
  return { name, value: round(value), unit, target, ok: value <= target, samples: sorted.length, spread }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(JSON.stringify(await bench(), null, 2))
