import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './command-line.ts'

describe('parseCommandLine', () => {
  it.each<[string, string[]]>([
    ['aider --yes', ['aider', '--yes']],
    ["  my\\ tool  'a b' \"c \\\" d\" e'f'g ", ['my tool', 'a b', 'c " d', 'efg']],
    ["echo '$(rm -rf /)' `x` $HOME ''", ['echo', '$(rm -rf /)', '`x`', '$HOME', '']],
  ])('splits %j without a shell', (line, argv) => {
    expect(parseCommandLine(line)).toEqual(argv)
  })

  it.each(['', '   ', "'open", '"open', "'' x"])('refuses %j', (line) => {
    expect(() => parseCommandLine(line)).toThrow(expect.objectContaining({ code: 'BAD_COMMAND' }))
  })
})
