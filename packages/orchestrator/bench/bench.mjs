import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const program = fileURLToPath(new URL('../../../apps/tmo/bin/tmo.js', import.meta.url))
const filesInRepository = 2000
const rounds = 9
const coldRounds = 3
const held = 20
const idleSeconds = 180
const verbRounds = { warm: 5, timed: 100 }
const clockTicksPerSecond = 100

const spec = '# Two notes\n\n## Tasks\n\n- [ ] Write `notes/one.md`\n- [ ] Write `notes/two.md`\n'

/**
 * From `tmo run` to four proven briefs, against what git and tmux alone need for the same four worktrees and windows; the same from
 * nothing at all; what a daemon costs that holds twenty teams; and an agent's verb beside an empty Node.
 */
export async function bench() {
  const room = await openRoom()
  try {
    return [
      ...(await measureStart(room)),
      ...(await measureVerbs(room)),
      ...(await measureIdle(room)),
      await measureCold(),
    ]
  } finally {
    await room.close()
  }
}

async function openRoom() {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-bench-'))
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    LANG: 'C.UTF-8',
    TMO_HOME: join(folder, 'home'),
    ...(process.env.TMUX_TMPDIR ? { TMUX_TMPDIR: process.env.TMUX_TMPDIR } : {}),
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Bench',
    GIT_AUTHOR_EMAIL: 'bench@example.org',
    GIT_COMMITTER_NAME: 'Bench',
    GIT_COMMITTER_EMAIL: 'bench@example.org',
  }
  const project = join(folder, 'project')
  for (let index = 0; index < filesInRepository; index += 1) {
    const folderOf = join(project, `src/part-${index % 40}`)
    mkdirSync(folderOf, { recursive: true })
    writeFileSync(join(folderOf, `file-${index}.ts`), `export const value${index} = ${index}\n`.repeat(30))
  }
  writeFileSync(join(project, 'spec.md'), spec)
  const git = (...argv) => run('git', argv, { cwd: project, env, maxBuffer: 64 * 1024 * 1024 })
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '-m', 'First commit')
  const tmo = async (...argv) => {
    const { stdout } = await run(process.execPath, [program, ...argv, '--json'], {
      cwd: folder,
      env,
      maxBuffer: 64 * 1024 * 1024,
    })
    return JSON.parse(stdout)
  }
  const start = async (...extra) =>
    await tmo('run', '--project', project, '--spec', join(project, 'spec.md'), '--agent', 'sim', ...extra)
  return {
    folder,
    env,
    project,
    git,
    tmo,
    start,
    async stop(id) {
      await tmo('stop', id)
    },
    async close() {
      await tmo('stop', '--all')
      await tmo('clean', '--all', '--yes')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Wall time from the start of the command to the instant at which the last of four briefs was proven. */
async function timeToBriefs(room) {
  const begin = Date.now()
  const document = await room.start(
    '--plan',
    'max5',
    '--roles',
    'orchestrator,project_manager,developer,tester',
  )
  const briefed = document.agents.map((agent) => Date.parse(agent.briefedAt))
  if (briefed.length !== 4 || briefed.some(Number.isNaN))
    throw new Error(`not four proven briefs: ${JSON.stringify(document)}`)
  return { ms: Math.max(...briefed) - begin, id: document.id }
}

/** Four raw additions and four raw windows, one after another, on a server that runs already. */
async function timeFloor(room, round) {
  const socket = join(room.folder, `raw-${round}.sock`)
  const tmux = (...argv) => run('tmux', ['-u', '-S', socket, '-f', '/dev/null', ...argv], { env: room.env })
  await tmux('new-session', '-d', '-s', 'raw', 'cat')
  const paths = [1, 2, 3, 4].map((index) => join(room.folder, 'raw', `${round}-${index}`))
  mkdirSync(join(room.folder, 'raw'), { recursive: true })
  const begin = performance.now()
  for (const [index, path] of paths.entries()) {
    await room.git('worktree', 'add', '--quiet', '-b', `raw/${round}-${index}`, path, 'main')
  }
  for (const path of paths) await tmux('new-window', '-d', '-t', 'raw:', '-c', path, 'cat')
  const ms = performance.now() - begin
  await tmux('kill-server')
  return ms
}

/**
 * Who goes first changes with each round, and neither pays for what the other left to be written. Nothing is deleted meanwhile: a
 * disk that is told of freed blocks is slow for half a minute after the trees of one round.
 */
async function measureStart(room) {
  await room.stop((await timeToBriefs(room)).id)
  const ratios = []
  const starts = []
  const floors = []
  const timeOurs = async () => {
    spawnSync('sync')
    const { ms, id } = await timeToBriefs(room)
    await room.stop(id)
    return ms
  }
  const timeRaw = async (round) => {
    spawnSync('sync')
    return await timeFloor(room, round)
  }
  for (let round = 0; round < rounds; round += 1) {
    const early = round % 2 === 0 ? await timeRaw(round) : undefined
    const ms = await timeOurs()
    const floor = early ?? (await timeRaw(round))
    ratios.push(ms / floor)
    starts.push(ms)
    floors.push(floor)
  }
  return [
    figure('briefed4_vs_floor', ratios, 'ratio', 2),
    figure('briefed4_ms', starts, 'ms'),
    figure('floor4_ms', floors, 'ms'),
  ]
}

/** Each round in a home of its own: no daemon, no database, no tmux server. */
async function measureCold() {
  const rooms = []
  const samples = []
  try {
    for (let round = 0; round < coldRounds; round += 1) {
      const room = await openRoom()
      rooms.push(room)
      spawnSync('sync')
      const { ms, id } = await timeToBriefs(room)
      await room.stop(id)
      samples.push(ms)
    }
  } finally {
    for (const room of rooms) await room.close()
  }
  return figure('cold_start_ms', samples, 'ms')
}

/**
 * An agent's own verb, with its own identity, beside an empty Node; one after the other in turn. Also with another Node first on PATH,
 * which runs nothing, and while the daemon is dead, which has to know each report once when it is back.
 */
async function measureVerbs(room) {
  const { id, agents } = await room.start('--roles', 'developer,tester')
  const env = { ...room.env, ...identityOf(`${id}/${agents[0].name}`) }
  const otherNode = join(room.folder, 'other-node')
  mkdirSync(otherNode)
  writeFileSync(join(otherNode, 'node'), '#!/bin/sh\nexit 9\n', { mode: 0o755 })
  const figures = [
    ...timeVerbs(room, 'report', env),
    ...timeVerbs(room, 'report_other_node', { ...env, PATH: `${otherNode}:${env.PATH}` }),
  ]
  await killDaemon(room)
  figures.push(...timeVerbs(room, 'report_dead_daemon', env))
  await expectReports(room, id, 'report_dead_daemon')
  await room.stop(id)
  return figures
}

function timeVerbs(room, name, env) {
  const tmo = join(room.env.TMO_HOME, 'bin/tmo')
  const verbs = []
  const empty = []
  for (let round = -verbRounds.warm; round < verbRounds.timed; round += 1) {
    const verb = timeProcess(tmo, ['report', 'progress', `${name} ${round}`], env)
    const node = timeProcess(process.execPath, ['-e', '0'], env)
    if (round < 0) continue
    verbs.push(verb)
    empty.push(node)
  }
  const ratio = median(verbs) / median(empty)
  return [
    { ...figure(`${name}_vs_node`, [ratio], 'ratio', 2), samples: verbs.length },
    figure(`${name}_ms`, verbs, 'ms'),
  ]
}

async function killDaemon(room) {
  const { pid } = JSON.parse(readFileSync(join(room.env.TMO_HOME, 'daemon.json'), 'utf8'))
  process.kill(pid, 'SIGKILL')
  const isAlive = () => existsSync(`/proc/${pid}`) && !/ Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  for (let waited = 0; isAlive(); waited += 10) {
    if (waited > 10_000) throw new Error(`daemon ${pid} does not end`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Each report that was made while the daemon was dead is known once to the next one. */
async function expectReports(room, id, name) {
  const expected = verbRounds.warm + verbRounds.timed
  for (let waited = 0; ; waited += 100) {
    const { reports } = await room.tmo('status', id)
    const notes = reports.map(({ note }) => note).filter((note) => note?.startsWith(`${name} `))
    if (new Set(notes).size !== notes.length) throw new Error('a report was replayed twice')
    if (notes.length === expected) return
    if (waited > 60_000) throw new Error(`${notes.length} of ${expected} reports were replayed`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The agent's environment, as its process has it. */
function identityOf(agent) {
  for (const pid of spawnSync('pgrep', ['-f', 'session-id'], { encoding: 'utf8' })
    .stdout.trim()
    .split('\n')) {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    if (!environment.includes(`TMO_AGENT=${agent}`)) continue
    const token = environment.find((line) => line.startsWith('TMO_TOKEN='))
    return { TMO_AGENT: agent, TMO_TOKEN: token?.slice('TMO_TOKEN='.length) }
  }
  throw new Error(`${agent} does not run`)
}

function timeProcess(file, argv, env) {
  const begin = performance.now()
  const { status, stderr } = spawnSync(file, argv, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${file} ${argv.join(' ')}: ${stderr}`)
  return performance.now() - begin
}

/** Twenty teams of four whose developer is slow at its first task, so that all of them are held and nobody is done. */
async function measureIdle(room) {
  mkdirSync(join(room.project, '.tmo'), { recursive: true })
  writeFileSync(join(room.project, '.tmo/config.yaml'), 'agentOptions:\n  think-ms: "600000"\n')
  const ids = []
  for (let index = 0; index < held; index += 1) ids.push((await room.start('--trust')).id)
  const pid = JSON.parse(readFileSync(join(room.env.TMO_HOME, 'daemon.json'), 'utf8')).pid
  await settle(pid)
  const samples = []
  for (let round = 0; round < 3; round += 1) {
    const before = cpuSeconds(pid)
    const begin = performance.now()
    await new Promise((resolve) => setTimeout(resolve, (idleSeconds / 3) * 1000))
    samples.push((cpuSeconds(pid) - before) / ((performance.now() - begin) / 1000))
  }
  const { orchestrations } = await room.tmo('list')
  const running = orchestrations.filter(({ id, state }) => ids.includes(id) && state === 'running')
  if (running.length !== held) throw new Error(`${running.length} of ${held} teams were held`)
  for (const id of ids) await room.tmo('stop', id)
  return [figure('idle20_core_ratio', samples, 'cores', 0.01)]
}

/** Waits until the daemon has worked off what the starts and the first talks left: six seconds with next to no CPU. */
async function settle(pid) {
  for (let round = 0, quiet = 0; round < 60 && quiet < 3; round += 1) {
    const before = cpuSeconds(pid)
    await new Promise((resolve) => setTimeout(resolve, 2000))
    quiet = cpuSeconds(pid) - before < 0.05 ? quiet + 1 : 0
  }
}

function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond
}

function figure(name, samples, unit, target = null) {
  const value = median(samples)
  const round = (number) => Number(number.toPrecision(3))
  return {
    name,
    value: round(value),
    unit,
    target,
    ok: target === null ? null : value <= target,
    samples: samples.length,
    spread: round((Math.max(...samples) - Math.min(...samples)) / (value || 1)),
  }
}

function median(samples) {
  const sorted = samples.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
