import { expect } from 'vitest'
import type { Room, RunDocument } from './room.ts'

/** Checks that everything a run's final document says is so. */
export async function expectTrue(room: Room, project: string, document: RunDocument): Promise<void> {
  expect(document.state, document.cause ?? '').toBe('completed')
  const { integration } = document
  if (!integration) throw new Error('there is no integration branch')
  expect(await room.git(project, 'rev-parse', `refs/heads/${integration.branch}`)).toBe(integration.commit)
  const range = `${document.baseCommit}..${integration.commit}`
  const merged = await room.git(project, 'rev-list', '--no-merges', range)
  const claimed = document.agents.flatMap((agent) => agent.commits)
  expect(claimed).not.toEqual([])
  expect([...claimed].sort()).toEqual(merged.split('\n').sort())
  for (const agent of document.agents) {
    for (const commit of agent.commits) {
      await room.git(project, 'merge-base', '--is-ancestor', commit, integration.commit)
      expect(await room.git(project, 'show', '-s', '--format=%an', commit)).toBe(`${agent.name} (simulated)`)
    }
    expect(agent.briefedAt).not.toBeNull()
  }
  expect(document.tasks.every((task) => task.state === 'done')).toBe(true)
  if (document.verify) {
    expect(document.verify.commit).toBe(integration.commit)
    expect(document.verify.exitCode).toBe(0)
  }
}
