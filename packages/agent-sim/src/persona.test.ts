import { describe, expect, test } from 'vitest'
import { parseArguments, usage } from './arguments.ts'
import { defaultPersona, optionName, personaArguments, personaOptions, personas } from './persona.ts'

describe('a persona', () => {
  test('is made of named ones, the later over the earlier, and of options over all', () => {
    const { persona } = parseArguments(['--work-ms', '7', '--persona', 'slow,asking', '--prompt', 'codex'])
    expect(persona).toEqual({
      ...defaultPersona,
      ...personas.slow,
      ...personas.asking,
      workMs: 7,
      prompt: 'codex',
    })
  })

  test('survives its way through the arguments', () => {
    const persona = {
      ...defaultPersona,
      prompt: 'gemini',
      limitContinues: true,
      crashAt: 'enter',
      draft: 'a b',
    } as const
    expect(parseArguments(personaArguments(persona)).persona).toEqual(persona)
  })

  test('has no option that the help leaves out', () => {
    for (const key of personaOptions) expect(usage).toContain(`--${optionName(key)}`)
    for (const name of Object.keys(personas)) expect(usage).toContain(name)
  })

  test.each([
    [['--persona', 'lazy'], 'there is no persona "lazy"'],
    [['--prompt', 'aider'], '--prompt takes one of sim, claude, codex, gemini, opencode, not "aider"'],
    [['--crash-at', 'dawn'], '--crash-at takes one of paste, enter, recorded, not "dawn"'],
    [['--hang-every', 'x'], '--hang-every takes a whole number from 0, not "x"'],
    [['--hang-often', '1'], "Unknown option '--hang-often'"],
  ])('%j is refused with what is allowed', (argv, reason) => {
    expect(() => parseArguments(argv)).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT', message: reason }),
    )
  })
})
