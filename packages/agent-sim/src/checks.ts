import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Git } from './git.ts'
import { isRecord } from './json.ts'
import type { Checked } from './plan.ts'
import { failureText, runProgram } from './run-program.ts'
import { placeOf } from './task-files.ts'
import { namedPath, safeName, taskFiles } from './task-path.ts'
import type { Task, Teammate } from './team-view.ts'

export interface CheckOptions {
  readonly root: string
  readonly orchestration: string
  readonly git: Git
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** What the last report was about: the same work is not checked twice. */
  readonly reportedOf: string | undefined
}

interface Check {
  readonly task: Task
  readonly file: string
  readonly script: string
}

const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The check of one task: each file that it names is there and not empty. It says nothing about what they do. */
export function checkScript(task: Task): string {
  const title = `${task.id}: ${task.title}`.replace(/[\x00-\x1f\x7f\\]+/g, ' ')
  const tests = taskFiles(task).flatMap((name) => {
    const named = namedPath(name, task.id)
    if ('refused' in named) return []
    const file = shellQuoted(named.path)
    return [
      `if test -d ${file}; then has ${file}/${shellQuoted(`${safeName(task.id)}.md`)}; else has ${file}; fi`,
    ]
  })
  return `#!/bin/sh
# ${title}
# Each file of the task is there and not empty; what is in it is not judged.
set -eu
has() {
  test -s "$1" || { printf 'missing or empty: %s\\n' "$1" >&2; exit 1; }
}
${tests.join('\n')}
`
}

/** Writes and commits the checks of these tasks, and runs each on the branch of the task's owner. */
export async function checkTasks(
  tasks: readonly Task[],
  team: readonly Teammate[],
  options: CheckOptions,
): Promise<Checked> {
  const branches = new Map(team.map((mate) => [mate.name, mate.branch]))
  const named = tasks.flatMap((task) => branches.get(task.owner) ?? [])
  const tips = await options.git.tips([...new Set(named)])
  const tipOf = (task: Task): string | undefined => tips.get(branches.get(task.owner) ?? '')
  const of = fingerprint(
    tasks.map((task) => `${task.id} ${task.state} ${taskFiles(task).join(' ')} ${tipOf(task) ?? ''}`),
  )
  if (of === options.reportedOf) return { of, failures: [], summary: '' }
  const checks = tasks.map((task) => ({ task, file: checkFile(task, options), script: checkScript(task) }))
  const commit = await commitChecks(checks, options)
  const failures: string[] = []
  for (const tip of new Set(tasks.map(tipOf))) {
    const here = checks.filter((check) => tipOf(check.task) === tip)
    failures.push(...(tip === undefined ? here.map(noBranch) : await runChecks(here, tip, options)))
  }
  const count = `${checks.length} ${checks.length === 1 ? 'check' : 'checks'} passed`
  return { of, failures, summary: commit === undefined ? count : `${count}, commit ${commit.slice(0, 12)}` }
}

function checkFile(task: Task, options: CheckOptions): string {
  return `checks/${safeName(options.orchestration)}/${safeName(task.id)}.sh`
}

function noBranch(check: Check): string {
  return `${check.task.id}: ${check.task.owner || 'nobody'} has no branch`
}

function fingerprint(parts: readonly string[]): string {
  return `checks:${createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)}`
}

async function commitChecks(checks: readonly Check[], options: CheckOptions): Promise<string | undefined> {
  if (checks.length === 0) return undefined
  for (const { task, file, script } of checks) {
    await writeWhenOther(join(options.root, await placeOf(file, task, options.root)), script)
  }
  const subject = `checks: ${checks.map((check) => check.task.id).join(', ')}`.slice(0, 200)
  const trailer = `${options.orchestration}/checks`
  const files = checks.map((check) => check.file)
  const ignored = await options.git.stage(files)
  const kept = files.filter((file) => !ignored.includes(file))
  return kept.length === 0 ? undefined : options.git.commit({ subject, trailer, files: kept })
}

async function writeWhenOther(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  try {
    if ((await readFile(file, 'utf8')) === content) return
  } catch (error) {
    if (!isRecord(error) || error.code !== 'ENOENT') throw error
  }
  await writeFile(file, content, { mode: 0o777 })
}

/** Runs checks in a copy of a commit, in a folder that is gone afterwards. */
async function runChecks(
  checks: readonly Check[],
  tip: string,
  options: CheckOptions,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tmo-sim-check-'))
  try {
    const tree = join(folder, 'tree')
    await mkdir(tree)
    await options.git.extract(tip, tree)
    const failures: string[] = []
    for (const check of checks) {
      const failure = check.task.state === 'done' ? await runCheck(check, tree, options) : 'not done'
      if (failure !== undefined) failures.push(`${check.task.id}: ${failure} (${check.task.owner})`)
    }
    return failures
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runCheck(check: Check, cwd: string, options: CheckOptions): Promise<string | undefined> {
  const { TMO_TOKEN: _, ...env } = options.env
  const script = join(options.root, check.file)
  await access(script)
  const result = await runProgram('sh', [script], { cwd, env, signal: options.signal, timeoutMs: 60_000 })
  if (result.exitCode === 0) return undefined
  return result.stderr.trim().split('\n').at(-1)?.slice(0, 200) || failureText(result)
}
