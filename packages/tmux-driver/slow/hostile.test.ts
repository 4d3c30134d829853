import { describe, it } from 'vitest'
import { openHostileRoom } from '../test/hostile-room.ts'
import { hostileStrings } from '../test/hostile-strings.ts'
import { isMissing, tmuxPrograms } from './tmux-programs.ts'

describe.for(tmuxPrograms)('with $name', ({ tmux }) => {
  it.skipIf(isMissing(tmux))('a thousand hostile strings stay text, and hit nothing else', async () => {
    await using room = await openHostileRoom({ tmux })
    await room.check(hostileStrings(1000, { seed: 11, ...room }))
    await room.expectUntouched()
  })
})
