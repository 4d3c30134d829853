#!/usr/bin/env node
// A stand-in for the verbs: tasks and team live in one JSON file ($FAKE_TMO_STATE), every call is a line in its log.
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'

const file = process.env.FAKE_TMO_STATE
const me = (process.env.TMO_AGENT ?? '').split('/').at(-1)
const argv = process.argv.slice(2)
process.on('SIGHUP', () => {})

function lock() {
  for (;;) {
    try {
      mkdirSync(`${file}.lock`)
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

function change(edit) {
  lock()
  try {
    const state = JSON.parse(readFileSync(file, 'utf8'))
    try {
      return edit(state)
    } finally {
      writeFileSync(`${file}.new`, JSON.stringify(state))
      renameSync(`${file}.new`, file)
    }
  } finally {
    rmdirSync(`${file}.lock`)
  }
}

function ownTask(state, id) {
  const task = state.tasks.find((one) => one.id === id)
  if (task?.owner !== me) throw new Error(`${id} is not a task of ${me}`)
  return task
}

const verbs = {
  'task list': (state) => ({ schemaVersion: 1, tasks: state.tasks }),
  'agent list': (state) => ({ schemaVersion: 1, agents: state.agents }),
  'task take': (state, id) => {
    ownTask(state, id).state = 'taken'
  },
  'task done': (state, id, evidence) => {
    Object.assign(ownTask(state, id), { state: 'done', evidence })
  },
  report: (state, kind, note) => {
    if (
      kind === 'done' &&
      state.tasks.some((task) => task.owner === me && !['done', 'dropped'].includes(task.state))
    ) {
      process.exitCode = 3
      throw new Error('not taken as done')
    }
    state.reports.push({ agent: me, kind, note })
    const agent = state.agents.find((one) => one.name === me)
    if (kind === 'done' || kind === 'failed') agent.state = kind
  },
  send: (state, to, text) => {
    state.messages.push({ from: me, to, text })
  },
}

appendFileSync(`${file}.log`, `${JSON.stringify({ me, argv })}\n`)
try {
  const two = argv.slice(0, 2).join(' ')
  const name = two in verbs ? two : argv[0]
  const answer = change((state) => {
    if (state.later?.on === name && state.later.agent === me) {
      state.tasks.push(...state.later.tasks)
      delete state.later
    }
    if (state.failing?.includes(name)) throw new Error(`${name} fails`)
    return verbs[name](state, ...argv.slice(name === two ? 2 : 1))
  })
  if (answer !== undefined) process.stdout.write(`${JSON.stringify(answer)}\n`)
} catch (error) {
  process.stderr.write(`fake tmo: ${error.message}\n`)
  process.exitCode ??= 1
}
