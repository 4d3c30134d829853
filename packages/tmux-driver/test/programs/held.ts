import { Tmux } from '../../src/index.ts'

/** Holds two clients of a server, until it is killed or told to throw. */
const [path = '', kind] = process.argv.slice(2)
const open = (): Promise<Tmux> => Tmux.open({ socket: { path }, start: false })
const tmux = await open()
if (kind === 'output') await tmux.output('all').next()
else await (await open()).list({ fields: ['pane'] })
process.once('SIGUSR2', () => {
  throw undefined
})
process.stdout.write('ready\n')
setInterval(() => undefined, 1000)
