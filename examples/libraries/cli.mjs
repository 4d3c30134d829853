import { defineCommand, main } from '@tmux-orchestrator/cli'

const add = defineCommand({
  name: 'add',
  summary: 'Add numbers.',
  examples: ['sum add 1 2 3 --times 10'],
  args: [{ name: 'numbers', description: 'what to add', variadic: true }],
  options: [{ flag: '--times <n>', description: 'multiply by this', type: 'integer', min: 1, default: 1 }],
  run: async ({ args, options }) => ({ sum: options.times * args.numbers.reduce((a, b) => a + +b, 0) }),
  render: ({ sum }) => String(sum),
})
const sum = { name: 'sum', version: '1.0.0', summary: 'Adds numbers.', commands: [add] }
await main({ ...sum, argv: ['add', '1', '2', '3', '--times', '10', '--json'] })
const exitCode = await main({ ...sum, stderr: process.stdout, argv: ['add', '1', '--tims', '10'] })
console.log('exit code', exitCode)
process.exitCode = 0
