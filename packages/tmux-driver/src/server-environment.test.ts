import { expect, it } from 'vitest'
import { inheritedEnvironment, serverEnvironment } from './server-environment.ts'

it('leaves out the tmux that we run in, and what is ours', () => {
  const environment = {
    TMUX: '/tmp/x,1,0',
    TMUX_PANE: '%1',
    TMO_TOKEN: 's',
    TMUX_TMPDIR: '/t',
    A: '1',
    B: undefined,
  }
  expect(inheritedEnvironment(environment)).toEqual({ TMUX_TMPDIR: '/t', A: '1' })
})

it('is never nested, and always has a search path', () => {
  expect(serverEnvironment({ TMUX: 'x', TMUX_PANE: '%1', LANG: 'en_GB.UTF-8' }, '/bin', 'linux')).toEqual({
    PATH: '/bin',
    LANG: 'en_GB.UTF-8',
  })
})

it.each([
  [{}, { LC_CTYPE: 'C.UTF-8', LANG: 'C.UTF-8' }],
  [{ LANG: 'C' }, { LC_CTYPE: 'C.UTF-8', LANG: 'C' }],
  [
    { LC_ALL: 'C', LANG: 'de_DE.UTF-8' },
    { LC_CTYPE: 'C.UTF-8', LANG: 'de_DE.UTF-8' },
  ],
  [
    { LC_ALL: '', LANG: 'de_DE.utf8' },
    { LC_ALL: '', LANG: 'de_DE.utf8' },
  ],
])('turns the locale %j into one that has UTF-8', (environment, expected) => {
  expect(serverEnvironment(environment, undefined, 'linux')).toEqual(expected)
})
