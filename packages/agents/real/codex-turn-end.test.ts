import { describe, it } from 'vitest'
import { messageOf } from './agent.ts'
import { givenBesideDraft } from './given-beside-draft.ts'
import { programs } from './programs.ts'
import { openRoom } from './room.ts'
import { serverless } from './serverless.ts'

const codexes = programs.filter(({ name }) => name === 'codex')

describe.each(codexes)(
  '$name $version without its server, at work, with a person’s draft in its box',
  (program) => {
    it.skipIf(!program.isHere)(
      'is given a message at the end of its turn, without a key, and the draft stays',
      async () => {
        await using bin = await serverless(program)
        await using room = await openRoom({ ...program, bin: bin.path })
        const { agent } = await room.begin('Wait for messages. <<text ready>>')
        await agent.until(['idle'])
        await agent.submit(messageOf('<<bash sleep 6>> <<text done>>'))
        await agent.until(['working'])
        await givenBesideDraft(room, agent)
      },
    )
  },
)
