import { parse } from 'yaml'

/**
 * @typedef {{ run?: string, uses?: string, with?: Record<string, unknown> }} Step
 * @typedef {{ jobs: Record<string, { steps: readonly Step[] }> }} Workflow
 */

/** Settings of an action that are commands of ours. */
const commandSettings = ['version', 'publish']

/**
 * What a workflow runs that is not there, or could run nowhere but on one machine.
 *
 * @param {string} text of the file
 * @param {{ scripts: Readonly<Record<string, string>>, isProgram: (path: string) => boolean }} repository
 *   `scripts`: of package.json; `isProgram`: is this path of the repository an executable file?
 * @returns {string[]}
 */
export function checkWorkflow(text, repository) {
  return [
    ...listCommands(text).flatMap((command) => checkCommand(command, repository)),
    ...[...text.matchAll(/(?<![\w.:/$-])\/\w[\w/.-]*|https?:\/\/\S+/g)].map(
      ([found]) => `names ${found}, which is not everywhere`,
    ),
  ]
}

/**
 * The commands of a workflow that are ours, in their order: what its steps run, and what an action is given to run.
 *
 * @param {string} text of the file
 * @returns {string[]}
 */
export function listCommands(text) {
  /** @type {Workflow} */
  const workflow = parse(text)
  return Object.values(workflow.jobs).flatMap(({ steps }) => steps.flatMap(commandsOf))
}

/** @param {Step} step @returns {string[]} */
function commandsOf({ run, uses, with: settings = {} }) {
  const given = uses?.startsWith('changesets/action@') ? commandSettings.map((key) => settings[key]) : []
  return [run, ...given]
    .filter((text) => typeof text === 'string')
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.trim() !== '')
}

/** @param {string} command @param {Parameters<typeof checkWorkflow>[1]} repository @returns {string[]} */
function checkCommand(command, { scripts, isProgram }) {
  const [program = '', ...args] = command.trim().split(/\s+/)
  if (program === 'npm') {
    const script = args[0] === 'run' ? args[1] : args[0]
    return script !== undefined && Object.hasOwn(scripts, script)
      ? []
      : [`"${command}" names no script of package.json`]
  }
  return isProgram(program) ? [] : [`"${command}" is neither a script nor a program of the repository`]
}
