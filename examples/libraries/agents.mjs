import { dirname } from 'node:path'
import { simProgram } from '@tmux-orchestrator/agent-sim'
import { adapterFor, deliver, formatMessage } from '@tmux-orchestrator/agents'
import { temporaryServer } from '@tmux-orchestrator/tmux-driver/testing'

const server = await temporaryServer()
const cwd = dirname(server.socketPath)
const adapter = adapterFor('sim', { simHome: cwd, simProgram: simProgram() }) // or adapterFor('claude')
const place = { cwd, conversationId: crypto.randomUUID(), stateDir: `${cwd}/state` }
const who = { orchestration: 'demo-abcd', name: 'ada', role: 'developer', tmoBin: cwd, env: {} }
const { argv: command, env } = await adapter.prepare({ ...place, ...who, mode: 'new' })
const { pane } = await server.tmux.newSession({ name: 'ada', cwd, command, env })
const [row] = await server.tmux.list({ fields: ['pid'] })
const agent = { tmux: server.tmux, adapter, handle: { ...place, pane, pid: row?.pid ?? 0 } }
const token = 'tmo-m-7f3a9c2e'
const message = { token, text: formatMessage({ token, from: 'lead', text: 'How far are you?' }) }
let delivery = await deliver({ ...agent, message })
while (delivery.status === 'refused') delivery = await deliver({ ...agent, message }) // while it starts
console.log(delivery.status, 'proof' in delivery ? `as the ${delivery.proof} shows` : '')
await server[Symbol.asyncDispose]()
