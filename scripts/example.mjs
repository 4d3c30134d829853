import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp } from 'node:fs/promises'
import { homedir } from 'node:os'
import { promisify } from 'node:util'
import { root } from './say.mjs'

const run = promisify(execFile)

/**
 * A repository of its own made from the bundled example, so that every run starts from the same commit and none touches this one.
 *
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ project: string, spec: string }>}
 */
export async function copyExample(env) {
  const home = env['TMO_HOME'] || `${env['XDG_STATE_HOME'] || `${homedir()}/.local/state`}/tmux-orchestrator`
  await mkdir(home, { recursive: true, mode: 0o700 })
  await mkdir(`${home}/examples`, { recursive: true })
  const project = await mkdtemp(`${home}/examples/hello-`)
  await cp(`${root}/examples/hello`, project, { recursive: true })
  const git = (/** @type {readonly string[]} */ ...args) =>
    run('git', [...identity, ...args], { cwd: project, env: plainGit(env) })
  await git('init', '--quiet', '--initial-branch=main')
  await git('add', '--all')
  await git('commit', '--quiet', '--no-verify', '-m', 'Start from the bundled example')
  return { project, spec: `${project}/spec.md` }
}

const identity = [
  '-c',
  'user.name=tmux-orchestrator example',
  '-c',
  'user.email=example@localhost',
  '-c',
  'commit.gpgsign=false',
]

/** A user's hooks, templates and aliases have no say in the example. @param {NodeJS.ProcessEnv} env */
function plainGit(env) {
  const { GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE, ...others } = env
  return { ...others, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TEMPLATE_DIR: '' }
}
