import { Tmux } from '@tmux-orchestrator/tmux-driver'

const tmux = await Tmux.open({ socket: { name: `example-${process.pid}` } })
const { session, pane } = await tmux.newSession({ name: 'work', command: ['cat', '-'] })
await tmux.paste(pane, 'no command: $(date) #{pane_id}')
await tmux.keys(pane, 'Enter')
const screen = await tmux.waitFor(pane, { regex: /(no command.*\n){2}/ })
console.log(screen.lines[1])

const command = ['sh', '-c', 'exit 7']
const build = await tmux.newWindow({ session, name: 'build', command, remainOnExit: true })
const end = await tmux.waitFor(build.pane, { exit: true })
console.log('build ended with', end.gone ? 'nothing left' : end.status)

await tmux.killServer()
await tmux.close()
