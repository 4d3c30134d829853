import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectDaemon, stopDaemon } from '@tmux-orchestrator/daemon'
import { orchestratorMigrations, runCommand } from '@tmux-orchestrator/orchestrator'
import { newId, openStore } from '@tmux-orchestrator/scheduler-db'

const rounds = 100
const identity = { id: 'bench-abcd', name: 'developer', token: 'bench-token' }

/**
 * Agents' verbs beside an empty Node process: 100 × `tmo report progress` against a running daemon and 100 × `node -e 0`, one after the
 * other in turn, so that both see the same machine.
 */
export async function bench() {
  const root = mkdtempSync(join(tmpdir(), 'tmo-bench-'))
  const home = join(root, 'home')
  await seed(home)
  const daemon = await connectDaemon({
    home,
    start: true,
    env: { PATH: process.env.PATH, HOME: root, TMUX_TMPDIR: process.env.TMUX_TMPDIR },
  })
  try {
    const env = {
      PATH: process.env.PATH,
      TMO_HOME: home,
      TMO_AGENT: `${identity.id}/${identity.name}`,
      TMO_TOKEN: identity.token,
    }
    const tmo = join(home, 'bin', 'tmo')
    const verb = []
    const empty = []
    for (let index = -5; index < rounds; index += 1) {
      const report = time(tmo, ['report', 'progress', `round ${index}`], env)
      const nothing = time(process.execPath, ['-e', '0'], env)
      if (index < 0) continue
      verb.push(report)
      empty.push(nothing)
    }
    const { counters } = await daemon.status()
    if (counters.verbs < rounds) throw new Error(`only ${counters.verbs} verbs reached the daemon`)
    const ratio = median(verb) / median(empty)
    return [
      {
        name: 'report_vs_node',
        value: round(ratio),
        unit: 'ratio',
        target: 2,
        ok: ratio <= 2,
        samples: rounds,
        spread: spread(verb),
      },
      {
        name: 'report_ms',
        value: round(median(verb)),
        unit: 'ms',
        target: null,
        ok: null,
        samples: rounds,
        spread: spread(verb),
      },
      {
        name: 'empty_node_ms',
        value: round(median(empty)),
        unit: 'ms',
        target: null,
        ok: null,
        samples: rounds,
        spread: spread(empty),
      },
    ]
  } finally {
    await daemon.close()
    await stopDaemon(home)
    rmSync(root, { recursive: true, force: true })
  }
}

function time(program, words, env) {
  const begin = performance.now()
  const { status, stderr } = spawnSync(program, words, { env, encoding: 'utf8' })
  const ms = performance.now() - begin
  if (status !== 0 || stderr !== '')
    throw new Error(`${program} ${words.join(' ')} ended with ${status}: ${stderr}`)
  return ms
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/** The distance between the 10th and the 90th percentile, as a share of the median. */
function spread(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (ratio) => sorted[Math.floor((sorted.length - 1) * ratio)]
  return round((at(0.9) - at(0.1)) / median(values))
}

function round(value) {
  return Math.round(value * 100) / 100
}

/** One finished orchestration with one agent to speak for. */
async function seed(home) {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const { id, name, token } = identity
  const plan = {
    id,
    project: { path: join(home, 'no-project'), name: 'bench' },
    base: { branch: 'main', commit: '0'.repeat(40) },
    spec: { path: 'spec.md', title: 'Bench', text: '# Bench' },
    branchPrefix: 'tmo',
    integrationBranch: null,
    program: 'sim',
    programOptions: {},
    verify: null,
    merge: 'none',
    briefTimeoutMs: 1_000,
    agents: [
      {
        name,
        role: 'developer',
        implements: true,
        worktree: join(home, 'worktrees', 'bench', id, name),
        branch: `tmo/${id}/${name}`,
        checkInMs: 600_000,
        evidence: [],
      },
    ],
    tasks: [],
  }
  const tokenHash = createHash('sha256').update(token).digest('hex')
  const conversationId = 'c0ffee00-0000-4000-8000-000000000000'
  const secrets = [{ name, token, tokenHash, conversationId, briefToken: 'tmo-b-1' }]
  const store = await openStore({
    url: `sqlite:${join(home, 'tmo.db')}`,
    migrations: [orchestratorMigrations],
  })
  try {
    await store.transaction(async (tx) => {
      const context = { now: Date.now(), newId, host: 'bench' }
      await runCommand(tx, 'run.create', { plan, secrets }, context)
      await runCommand(tx, 'orchestration.state', { id, state: 'completed' }, context)
    })
  } finally {
    await store.close()
  }
}
