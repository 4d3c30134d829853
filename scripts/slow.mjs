import { bootstrap } from './bootstrap.mjs'
import { runAttached } from './run-program.mjs'
import { root, runScript, SetupError } from './say.mjs'

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
  return runAttached(argv, { cwd: root, env, stdin: 'ignore' })
})

/** @param {readonly string[]} argv */
function readArguments(argv) {
  const at = argv.indexOf('--slice')
  if (at === -1) return { slice: undefined, others: argv.filter((word) => word !== '--') }
  const slice = argv[at + 1]
  if (slice === undefined || !/^\d+$/.test(slice))
    throw new SetupError('--slice needs a seed', 'write --slice 7')
  return { slice, others: argv.filter((word, index) => index !== at && index !== at + 1 && word !== '--') }
}
