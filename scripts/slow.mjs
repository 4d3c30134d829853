import { bootstrap } from './bootstrap.mjs'
import { runAttached, runBeside } from './run-program.mjs'
import { root, runScript, SetupError, say, seconds } from './say.mjs'

/** pnpm test:slow [--slice SEED] [vitest's words]: soaks, many seeds, many kills; a slice is what its seed picks, within minutes. */
await runScript(async () => {
  const { slice, others } = readArguments(process.argv.slice(2))
  const env = { ...(await bootstrap()), ...(slice === undefined ? {} : { TMO_SLICE: slice }) }
  const argv = [
    `${root}/node_modules/.bin/vitest`,
    'run',
    '--project',
    'slow',
    '--passWithNoTests',
    ...others,
  ]
  const options = { cwd: root, env }
  if (slice === undefined || others.length > 0) return runAttached(argv, { ...options, stdin: 'ignore' })
  const publishing = runPublishing([...argv, 'scripts/slow'], options)
  // Wherever the other comes to: this one is waited for, so that it leaves nothing behind.
  publishing.catch(() => undefined)
  const code = await runAttached([...argv, 'packages', 'apps'], { ...options, stdin: 'ignore' })
  return (await publishing) || code
})

/**
 * A slice has it beside the rest, as it mostly waits for installations.
 *
 * @param {readonly string[]} argv
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} options
 */
async function runPublishing(argv, options) {
  const startedAt = performance.now()
  const code = await runBeside(argv, options)
  say(
    `publishing, beside the rest: ${code === 0 ? 'passed' : 'failed'} in ${seconds(performance.now() - startedAt)}`,
  )
  return code
}

/** @param {readonly string[]} argv */
function readArguments(argv) {
  const at = argv.indexOf('--slice')
  if (at === -1) return { slice: undefined, others: argv.filter((word) => word !== '--') }
  const slice = argv[at + 1]
  if (slice === undefined || !/^\d+$/.test(slice))
    throw new SetupError('--slice needs a seed', 'write --slice 7')
  return { slice, others: argv.filter((word, index) => index !== at && index !== at + 1 && word !== '--') }
}
