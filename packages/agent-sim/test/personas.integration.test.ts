import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Persona, type PersonaName, personaArguments, personas } from '../src/persona.ts'
import { type Sim, SimRoom, until } from './sim-room.ts'

let room: SimRoom
beforeEach(async () => {
  room = await SimRoom.open()
})
afterEach(() => room.close())

const start = async (name: PersonaName, more: Partial<Persona> = {}): Promise<Sim> => {
  const sim = await room.start({ args: ['--persona', name, ...personaArguments(more)] })
  await room.ready(sim)
  return sim
}

const send = async (sim: Sim, text: string): Promise<void> => {
  await room.enter(sim, text)
  await until(`"${text}" is recorded`, async () => (await room.userTexts(sim)).includes(text))
}

describe('the persona', () => {
  test('fast answers at once, and its record tells what it is', async () => {
    const sim = await start('fast')
    await send(sim, 'hello')
    await room.untilScreen(sim, 'Received 5 characters.')
    const [life] = await room.untilRecorded(sim, { type: 'life' })
    expect(life).toMatchObject({ pid: sim.pid, life: 1, seed: 0, persona: { thinkMs: 0, prompt: 'sim' } })
  })

  test('slow is busy with each message for a while', async () => {
    const sim = await room.start({ args: ['--persona', 'slow', '--startup-ms', '300'] })
    expect(room.session(sim)?.status).toBe('starting')
    await room.ready(sim)
    await send(sim, 'hello')
    await room.untilStatus(sim, 'busy')
    expect(await room.screen(sim)).not.toContain('Received')
    await room.keys(sim, 'Escape')
    await room.untilScreen(sim, 'Received 5 characters.')
  })

  test.each(['verbose', 'flooding'] as const)(
    '%s answers with all its lines and takes the next message',
    async (name) => {
      const sim = await start(name)
      await send(sim, 'hello')
      await room.untilScreen(sim, `line ${(personas[name].answerLines ?? 0) - 1} of a long answer`)
      await room.untilStatus(sim, 'idle')
      await send(sim, 'again')
    },
  )

  test('hanging neither reads nor draws for as long as it was told, and reads all of it then', async () => {
    const sim = await start('hanging', { hangEvery: 1, hangMs: 1_500 })
    await send(sim, 'hello')
    await room.untilRecorded(sim, { type: 'fault', fault: 'hang' })
    expect(room.session(sim)?.status).toBe('busy')
    await room.keys(sim, '-l', 'unread')
    expect((await room.record(sim)).at(-1)).toMatchObject({ type: 'fault' })
    await room.untilScreen(sim, '> unread')
  })

  test.each(['paste', 'enter', 'recorded'] as const)(
    'crashing dies at its %s, and once resumed it knows what is recorded',
    async (crashAt) => {
      const sim = await start('crashing', { crashEvery: 1, crashAt })
      await room.paste(sim, 'hello')
      if (crashAt !== 'paste') {
        await room.untilScreen(sim, '> hello')
        await room.keys(sim, 'Enter')
      }
      await until('the end', () => room.isDead(sim))
      expect(await room.untilRecorded(sim, { type: 'fault', fault: 'crash' })).toMatchObject([
        { detail: crashAt },
      ])
      expect(await room.userTexts(sim)).toEqual(crashAt === 'recorded' ? ['hello'] : [])
      const again = await room.start({ resume: sim.id })
      await room.ready(again)
      expect(await room.untilRecorded(again, { type: 'life' }, 2)).toMatchObject([{ life: 1 }, { life: 2 }])
    },
  )

  test('swallowing loses the first two Enters, and the record tells', async () => {
    const sim = await start('swallowing')
    await room.keys(sim, '-l', 'hello')
    await room.untilScreen(sim, '> hello')
    for (const count of [1, 2]) {
      await room.keys(sim, 'Enter')
      await room.untilRecorded(sim, { type: 'enter', outcome: 'lost' }, count)
    }
    await room.keys(sim, 'Enter')
    await room.untilRecorded(sim, { type: 'enter', outcome: 'submitted' })
  })

  test('asking opens dialogs at random instants, which close by themselves where they shall', async () => {
    const sim = await start('asking', { dialogEveryMs: 200, dialogForMs: 200 })
    await room.untilRecorded(sim, { type: 'dialog', did: 'opened' }, 2)
    await room.untilRecorded(sim, { type: 'dialog', did: 'withdrawn' }, 2)
    await room.untilRecorded(sim, { type: 'status', status: 'waiting' }, 2)
  })

  test('asking waits for an answer while it works, too', async () => {
    const sim = await start('asking', { dialogEveryMs: 500, workMs: 60_000 })
    await room.keys(sim, '-l', 'hello')
    await room.keys(sim, 'Enter')
    await room.untilStatus(sim, 'waiting')
    await room.untilScreen(sim, 'Do you want to proceed?')
    await room.keys(sim, '2')
    await room.untilRecorded(sim, { type: 'dialog', did: 'denied' })
  })

  test('ambushing asks the moment a paste begins', async () => {
    const sim = await start('ambushing')
    await room.paste(sim, 'hello')
    await room.untilStatus(sim, 'waiting')
    const [dialog] = await room.untilRecorded(sim, { type: 'dialog', did: 'opened' })
    expect(dialog).toMatchObject({ subject: 'rm -rf build' })
    expect(await room.screen(sim)).not.toContain('hello')
  })

  test('drafting types drafts, sends some and erases others', async () => {
    const sim = await start('drafting', { draftEveryMs: 100, draftForMs: 50 })
    await room.untilRecorded(sim, { type: 'human', did: 'sent' })
    await room.untilRecorded(sim, { type: 'human', did: 'erased' })
    expect((await room.userTexts(sim))[0]).toMatch(/^human-\d+ wait first/)
  })

  test('drafting sends nothing that it finds other text in, and empties the box', async () => {
    const sim = await start('drafting', { draftEveryMs: 200, draftForMs: 60_000 })
    await room.untilRecorded(sim, { type: 'human', did: 'began' })
    await room.paste(sim, 'from somebody else')
    await room.untilScreen(sim, 'from somebody else')
    expect(await room.userTexts(sim)).toEqual([])
  })

  test('scrolling is in copy mode now and then', async () => {
    const sim = await start('scrolling', { scrollEveryMs: 200, scrollForMs: 300 })
    const inMode = async (): Promise<string> =>
      (await room.tmux('display-message', '-p', '-t', sim.pane, '#{pane_in_mode}')).trim()
    await until('copy mode', async () => (await inMode()) === '1')
    await until('no mode', async () => (await inMode()) === '0')
    await room.untilRecorded(sim, { type: 'scroll', did: 'ended' })
  })

  test('limited shows a banner with its end, and answers nothing before it', async () => {
    const sim = await start('limited', { limitEvery: 1, limitMs: 60_000 })
    await send(sim, 'hello')
    await room.untilScreen(sim, "You've hit your limit")
    await room.untilStatus(sim, 'limited')
    const { resetAt = 0, continuesItself } = room.session(sim) ?? {}
    expect(resetAt).toBeGreaterThan(Date.now())
    expect(continuesItself).toBe(false)
    await room.enter(sim, 'again')
    await until('both', async () => (await room.userTexts(sim)).length === 2)
    expect((await room.record(sim)).filter(({ type }) => type === 'assistant')).not.toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('Received') }),
    )
  })

  test('limited goes on by itself at its end where it shall', async () => {
    const sim = await start('limited', { limitEvery: 1, limitMs: 400, limitContinues: true })
    await send(sim, 'hello')
    await room.untilStatus(sim, 'limited')
    await room.untilScreen(sim, 'Received 5 characters.')
    await room.untilStatus(sim, 'idle')
  })

  test('compacting leaves a summary that quotes what was said, which nobody entered', async () => {
    const sim = await start('compacting', { compactEvery: 1, compactMs: 100 })
    await send(sim, 'tmo-m-1234 hello')
    await room.untilScreen(sim, 'Compacted.')
    const users = (await room.lines(sim)).filter((line) => line.type === 'user')
    expect(users).toMatchObject([
      { via: 'prompt', text: 'tmo-m-1234 hello' },
      { via: 'summary', text: expect.stringContaining('tmo-m-1234 hello') },
    ])
    await room.untilStatus(sim, 'idle')
    await send(sim, 'next')
  })

  test('with the same seed does the same at the same messages', async () => {
    const faults = async (): Promise<readonly string[]> => {
      const args = ['--seed', '7', ...personaArguments({ limitEvery: 3, limitMs: 1 })]
      const sim = await room.start({ args })
      await room.ready(sim)
      for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) await send(sim, text)
      const said = await until('six answers', async () => {
        const lines = await room.lines(sim)
        const texts = lines.flatMap((line) => (line.type === 'assistant' ? [line.text] : []))
        return texts.length === 6 && texts
      })
      return said.map((text) => (text.startsWith('Received') ? 'answered' : 'limited'))
    }
    const first = await faults()
    expect(first).toContain('limited')
    expect(await faults()).toEqual(first)
  })
})
