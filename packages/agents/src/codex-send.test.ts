import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentHome, openAgentHome } from '../test/agent-home.ts'
import { type ScriptedCodex, scriptCodex } from '../test/scripted-codex.ts'
import type { SendOutcome } from './adapter.ts'
import { codexSocket } from './codex-pane.ts'
import { forgetHandedOver, sendToCodex } from './codex-send.ts'

let home: AgentHome
beforeEach(() => {
  isHere = false
  home = openAgentHome()
  mkdirSync(home.stateDir)
})
afterEach(() => home[Symbol.dispose]())

const shown = { id: 'thread-1' }

/** Whether the agent's record has shown the message since. */
let isHere = false

function send(token = 'tmo-m-1', text = `[from lead · ${token}] go`): Promise<SendOutcome> {
  return sendToCodex({ handle: home.handle, message: { token, text } }, async () => isHere)
}

async function serving(act: (codex: ScriptedCodex) => Promise<void>): Promise<void> {
  const codex = await scriptCodex(codexSocket(home.stateDir))
  try {
    await act(codex)
  } finally {
    await codex[Symbol.asyncDispose]()
  }
}

describe('a message to Codex', () => {
  it('begins a turn of the conversation that is open, with its text as it is', async () => {
    await serving(async (codex) => {
      codex.threads = [shown, { id: 'helper', parentThreadId: 'thread-1' }]
      const text = `[from lead · tmo-m-1] ${'é'.repeat(30_000)}`
      expect(await send('tmo-m-1', text)).toEqual({ status: 'sent' })
      expect(codex.started).toEqual([{ threadId: 'thread-1', input: [{ type: 'text', text }] }])
    })
  })

  it('is typed where no server listens, or something else does', async () => {
    expect(await send()).toEqual({ status: 'absent' })
    writeFileSync(codexSocket(home.stateDir), '')
    expect(await send()).toEqual({ status: 'absent' })
  })

  it('is typed where what listens is no such server', async () => {
    const stranger = createServer((socket) => socket.resume().end('220 mail\r\n'))
    await new Promise<void>((resolve) => stranger.listen(codexSocket(home.stateDir), resolve))
    expect(await send()).toEqual({ status: 'absent' })
    await new Promise((resolve) => stranger.close(resolve))
  })

  it.each([[[]], [[shown, { id: 'thread-2' }]]])(
    'is typed where nobody can tell which conversation is on the screen: %j',
    async (threads) => {
      await serving(async (codex) => {
        codex.threads = threads
        expect(await send()).toEqual({ status: 'absent' })
        expect(codex.started).toEqual([])
      })
    },
  )

  it('is refused while Codex asks something, which a person may break off', async () => {
    await serving(async (codex) => {
      codex.threads = [{ ...shown, runs: 'turn-1', activeFlags: ['waitingOnApproval'] }]
      expect(await send()).toEqual({
        status: 'refused',
        detail: 'it asks something (waitingOnApproval)',
      })
      expect(codex.started).toEqual([])
    })
  })

  it('is refused with the words of the server', async () => {
    await serving(async (codex) => {
      codex.threads = [shown]
      codex.start = { error: 'thread is archived' }
      expect(await send()).toEqual({ status: 'refused', detail: 'its server said: thread is archived' })
      // it was not handed over, and nothing is waited for
      codex.threads = [{ ...shown, runs: 'turn-2' }]
      codex.start = { turn: 'turn-2' }
      expect(await send()).toEqual({ status: 'sent' })
    })
  })

  it('is unknown when the server is gone before it has answered', async () => {
    await serving(async (codex) => {
      codex.threads = [shown]
      codex.start = 'hang-up'
      expect(await send()).toEqual({
        status: 'unknown',
        detail: 'while handing over: the connection was lost',
      })
    })
  })
})

describe('a message that a turn of Codex has not come to', () => {
  it('is not handed over again while that turn goes on, nor typed once the server is gone', async () => {
    await serving(async (codex) => {
      codex.threads = [{ ...shown, runs: 'turn-1' }]
      for (const token of ['tmo-m-1', 'tmo-m-2']) expect(await send(token)).toEqual({ status: 'sent' })
      for (const token of ['tmo-m-1', 'tmo-m-2'])
        expect(await send(token)).toMatchObject({ status: 'unknown' })
      expect(codex.started).toHaveLength(2)
    })
    expect(await send('tmo-m-1')).toMatchObject({ status: 'unknown' })
    expect(await send('tmo-m-3')).toEqual({ status: 'absent' })
  })

  it('is handed over again once that turn has ended without it', async () => {
    await serving(async (codex) => {
      codex.threads = [shown]
      await send()
      codex.threads = [{ ...shown, runs: 'turn-1' }]
      expect(await send()).toMatchObject({ status: 'unknown' })
      codex.threads = [{ ...shown, runs: 'turn-2' }]
      codex.start = { turn: 'turn-2' }
      expect(await send()).toEqual({ status: 'sent' })
      codex.threads = [shown]
      expect(await send()).toEqual({ status: 'sent' })
      expect(codex.started).toHaveLength(3)
    })
  })

  it('is proven by what that turn wrote down right before it ended', async () => {
    await serving(async (codex) => {
      codex.threads = [{ ...shown, runs: 'turn-1' }]
      await send()
      codex.threads = [shown]
      isHere = true
      expect(await send()).toEqual({ status: 'sent' })
      codex.threads = [shown, { id: 'thread-2' }]
      expect(await send()).toEqual({ status: 'sent' })
      expect(codex.started).toHaveLength(1)
    })
  })

  it('is typed once that turn has ended, where a person has begun another conversation beside it', async () => {
    await serving(async (codex) => {
      codex.threads = [{ ...shown, runs: 'turn-1' }]
      expect(await send()).toEqual({ status: 'sent' })
      const other = { id: 'thread-2' }
      codex.threads = [{ ...shown, runs: 'turn-1' }, other]
      expect(await send()).toMatchObject({ status: 'unknown' })
      codex.threads = [{ ...shown, runs: 'turn-2' }, other]
      expect(await send()).toEqual({ status: 'absent' })
      codex.threads = [shown, other]
      expect(await send()).toEqual({ status: 'absent' })
      codex.threads = [other, { id: 'thread-3' }]
      expect(await send()).toMatchObject({ status: 'unknown' })
      expect(codex.started).toHaveLength(1)
    })
  })

  it('is not handed over again where the sender ended before it was told which turn it was', async () => {
    await serving(async (codex) => {
      codex.threads = [shown]
      codex.start = 'hang-up'
      await send()
      codex.threads = [{ ...shown, runs: 'turn-1' }]
      codex.start = { turn: 'turn-1' }
      expect(await send()).toMatchObject({ status: 'unknown' })
      expect(codex.started).toHaveLength(1)
    })
  })

  it('is forgotten with the life of the agent', async () => {
    await serving(async (codex) => {
      codex.threads = [{ ...shown, runs: 'turn-1' }]
      await send()
      await forgetHandedOver(home.stateDir)
      expect(await send()).toEqual({ status: 'sent' })
    })
  })
})
