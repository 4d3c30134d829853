import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isAlive, Room, waitFor } from '../e2e/room.ts'
import { expectTrue } from '../e2e/truth.ts'

const slice = process.env['TMO_SLICE']
const first = slice === undefined ? 1 : Number.parseInt(slice, 10) || 1
const runs = slice === undefined ? 40 : 3
/** So many are seen on the branches of the example when its last work is being merged. */
const commitsMax = 6
const victims = ['daemon', 'agent', 'tmux server'] as const

/** A small generator, so that a run is told by its seed. */
function random(seed: number): () => number {
  let state = seed * 2654435761
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) >>> 0
    return state / 2 ** 32
  }
}

for (let seed = first; seed < first + runs; seed += 1) {
  const victim = victims[seed % victims.length] ?? 'daemon'
  it(`completes after a kill -9 of the ${victim} at a random instant (seed ${seed})`, async () => {
    await using room = new Room()
    const project = await room.example()
    const next = random(seed)
    const run = room.json([
      'run',
      '--project',
      project,
      '--spec',
      `${project}/spec.md`,
      '--agent',
      'sim',
      '--verify',
      'sh verify.sh',
      '--wait',
    ])
    const commits = new Set<string>()
    let isOver = false
    const watch = (async (): Promise<void> => {
      while (!isOver) {
        for (const commit of (
          await room.git(project, 'for-each-ref', '--format=%(objectname)', 'refs/heads/tmo')
        ).split('\n')) {
          if (commit !== '') commits.add(commit)
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    })()
    try {
      await waitFor('the daemon', () => room.daemonPid())
      // Every other one comes as late as the merges: the base, a commit a task, then what the integration branch was at.
      const wanted = seed % 2 === 0 ? 0 : 1 + Math.floor(next() * commitsMax)
      await waitFor(`${wanted} commits`, () => commits.size >= wanted)
      await new Promise((resolve) => setTimeout(resolve, next() * (wanted === 0 ? 6000 : 500)))
      const pid = await waitFor(`the ${victim}`, () => findVictim(room, victim, next))
      process.kill(pid, 'SIGKILL')
      await waitFor('its end', () => !isAlive(pid))
      await expectTrue(room, project, await run)
    } finally {
      isOver = true
      await watch
    }
    for (const commit of commits) {
      expect(
        await room.git(project, 'for-each-ref', '--count=1', `--contains=${commit}`),
        `${commit} is reachable`,
      ).not.toBe('')
    }
    expect(briefsTwice(room)).toEqual([])
  }, 600_000)
}

function findVictim(room: Room, victim: (typeof victims)[number], next: () => number): number | undefined {
  if (victim === 'daemon') return room.daemonPid()
  if (victim === 'tmux server') return room.tmuxServerPid()
  const agents = room
    .processes()
    .filter((one) => one.command.includes('tmo-agent-sim') && one.command.includes('session'))
  return agents[Math.floor(next() * agents.length)]?.pid
}

/** Briefs that one conversation received more than once; the transcript is the agent's own. */
function briefsTwice(room: Room): string[] {
  const folder = join(room.home, 'agents/sim/conversations')
  if (!existsSync(folder)) return []
  const twice: string[] = []
  for (const name of readdirSync(folder)) {
    const lines = readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{'))
    const users = lines
      .map((line) => JSON.parse(line) as { type: string; text?: string })
      .filter((line) => line.type === 'user')
    const briefs = users.filter((line) => line.text?.startsWith('[brief ')).length
    if (briefs > 1) twice.push(name)
  }
  return twice
}
