import fc from 'fast-check'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Command } from './command.ts'
import { defineCommand } from './define-command.ts'
import { type CliError, isCliError } from './errors.ts'
import { parseInput } from './parse-input.ts'

const add = defineCommand({
  name: 'task add',
  summary: 'Add a task.',
  examples: [],
  args: [
    { name: 'task-title', description: 'its title', required: true },
    { name: 'files', description: 'files it names', variadic: true },
  ],
  options: [
    { flag: '-p, --project <dir>', description: 'where', env: 'DEMO_PROJECT' },
    { flag: '--kind <kind>', description: 'what', choices: ['fix', 'feature'], default: 'fix' },
    { flag: '--label <name>', description: 'a label', repeat: true },
    { flag: '--limit <n>', description: 'how many', type: 'integer', min: 1, max: 9 },
    { flag: '--ratio <r>', description: 'how much', type: 'number' },
    { flag: '-n, --dry-run', description: 'only say it', env: 'DEMO_DRY_RUN' },
    { flag: '-w, --wait', description: 'stay' },
    { flag: '--no-merge', description: 'do not merge' },
    { flag: '--trace [file]', description: 'write a trace' },
  ],
  run: async ({ args, options }) => {
    expectTypeOf(args).toEqualTypeOf<{ readonly taskTitle: string; readonly files: readonly string[] }>()
    expectTypeOf(options.kind).toEqualTypeOf<'fix' | 'feature'>()
    expectTypeOf(options.label).toEqualTypeOf<readonly string[] | undefined>()
    expectTypeOf(options.limit).toEqualTypeOf<number | undefined>()
    expectTypeOf(options.dryRun).toEqualTypeOf<boolean>()
    expectTypeOf(options.merge).toEqualTypeOf<boolean>()
    expectTypeOf(options.trace).toEqualTypeOf<string | true | undefined>()
    return 0
  },
})
const pass: Command = { ...add, args: [], rest: '<command>' }

const parse = (argv: readonly string[], env: Record<string, string> = {}): ReturnType<typeof parseInput> =>
  parseInput(add, argv, env)

function failure(argv: readonly string[], env: Record<string, string> = {}): CliError {
  try {
    parse(argv, env)
  } catch (error) {
    if (isCliError(error)) return error
    throw error
  }
  throw new Error(`${argv.join(' ')} was accepted`)
}

describe('values', () => {
  it('come in the shapes that the lists declare', () => {
    const parsed = parse(
      'T a b --project dir --label x --label=y --limit 3 --ratio .5 -n --no-merge --trace'.split(' '),
    )
    expect(parsed.args).toEqual({ taskTitle: 'T', files: ['a', 'b'] })
    expect(parsed.options).toEqual({
      project: 'dir',
      kind: 'fix',
      label: ['x', 'y'],
      limit: 3,
      ratio: 0.5,
      dryRun: true,
      wait: false,
      merge: false,
      trace: true,
    })
  })

  it('are absent, not undefined, when neither given nor defaulted', () => {
    expect(parse(['T']).options).toEqual({ kind: 'fix', dryRun: false, wait: false, merge: true })
    expect('project' in parse(['T']).options).toBe(false)
  })

  it('keep their exact text, whatever it looks like', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (value, words) => {
        const safe = words.filter((word) => !/^--?[A-Za-z_]|^--$/.test(word))
        const parsed = parse([`--project=${value}`, '--label', `x${value}`, 'T', ...safe])
        expect(parsed.options).toMatchObject({ project: value, label: [`x${value}`] })
        expect(parsed.args['files']).toEqual(safe)
      }),
    )
    for (const value of [
      '007',
      '1e3',
      '0x10',
      '',
      ' ',
      'true',
      'false',
      '-5',
      '-x=1',
      '- a note',
      '-- x',
      '---',
      '\u0001',
    ]) {
      expect(parse(['T', '--project', value]).options['project']).toBe(value)
    }
  })

  it('may begin with a dash, but never swallow a flag that is known', () => {
    expect(parse(['T', '--label', '-weird']).options['label']).toEqual(['-weird'])
    expect(failure(['T', '--label', '--wait'])).toMatchObject({
      code: 'MISSING_VALUE',
      hint: 'write --label <name>',
    })
    expect(failure(['T', '--label', '--json'])).toMatchObject({ code: 'MISSING_VALUE' })
    expect(failure(['T', '--label', '--wiat'])).toMatchObject({ code: 'MISSING_VALUE' })
    expect(parse(['T', '--label=--wiat']).options['label']).toEqual(['--wiat'])
    expect(failure(['T', '--label'])).toMatchObject({ code: 'MISSING_VALUE' })
  })

  it('take the last one when a flag that does not repeat is given twice', () => {
    expect(parse(['T', '--project', 'a', '-p', 'b']).options['project']).toBe('b')
  })

  it('take a lone dash, negative numbers and sentences as words', () => {
    expect(parse(['-', '-3', '- fixed it']).args).toEqual({ taskTitle: '-', files: ['-3', '- fixed it'] })
  })

  it('come from the environment when the flag is absent, and empty counts as unset', () => {
    expect(parse(['T'], { DEMO_PROJECT: 'here' }).options['project']).toBe('here')
    expect(parse(['T', '--project', 'flag'], { DEMO_PROJECT: 'here' }).options['project']).toBe('flag')
    expect('project' in parse(['T'], { DEMO_PROJECT: '' }).options).toBe(false)
    expect(parse(['T'], { DEMO_DRY_RUN: '1' }).options['dryRun']).toBe(true)
    expect(parse(['T'], { DEMO_DRY_RUN: 'no' }).options['dryRun']).toBe(false)
    expect(failure(['T'], { DEMO_DRY_RUN: 'perhaps' }).message).toContain('DEMO_DRY_RUN')
  })

  it('do not reach the prototype of anything', () => {
    expect(failure(['T', '--__proto__', 'x']).code).toBe('UNKNOWN_FLAG')
    expect(failure(['T', '--constructor']).code).toBe('UNKNOWN_FLAG')
  })
})

describe('usage errors', () => {
  it('leave with 2 and name the near flag', () => {
    expect(failure(['T', '--porject', 'x'])).toMatchObject({
      code: 'UNKNOWN_FLAG',
      exitCode: 2,
      hint: 'did you mean --project?',
    })
    expect(failure(['T', '--zzzzz']).hint).toBe('see --help for the flags there are')
    expect(failure(['T', '-x']).code).toBe('UNKNOWN_FLAG')
    expect(failure(['T', '--no-wait']).code).toBe('UNKNOWN_FLAG')
  })

  it('name the choices', () => {
    expect(failure(['T', '--kind', 'featur'])).toMatchObject({
      code: 'BAD_VALUE',
      hint: 'did you mean feature? it is one of fix, feature',
    })
    expect(failure(['T', '--kind', '']).message).toContain('empty')
  })

  it('refuse what is no number, a fraction where a whole one is due, and what is out of range', () => {
    for (const value of [
      '',
      ' ',
      'x',
      '1.5',
      '0x1',
      '1e999',
      'Infinity',
      'NaN',
      '9007199254740993',
      '0',
      '10',
      '-1',
    ]) {
      expect(failure(['T', '--limit', value]).code).toBe('BAD_VALUE')
    }
    for (const value of ['', '1,5', 'Infinity', '1e999']) {
      expect(failure(['T', '--ratio', value]).code).toBe('BAD_VALUE')
    }
    expect(parse(['T', '--ratio', '-2.5e3']).options['ratio']).toBe(-2500)
  })

  it('refuse a value for a switch, a missing argument and one too many', () => {
    expect(failure(['T', '--wait=yes']).code).toBe('BAD_VALUE')
    expect(failure([]).code).toBe('MISSING_ARGUMENT')
    expect(() => parseInput({ ...add, args: [] }, ['more'], {})).toThrow('unexpected argument more')
  })

  it('ask for a flag that is required', () => {
    const command: Command = {
      ...add,
      args: [],
      options: [{ flag: '--spec <file>', description: 'the spec', required: true }],
    }
    expect(() => parseInput(command, [], {})).toThrow('missing --spec: the spec')
  })
})

describe('--', () => {
  it('ends the flags: what follows is words', () => {
    expect(parse(['--', '--wait', '-x']).args).toEqual({ taskTitle: '--wait', files: ['-x'] })
  })

  it('hands what follows to a command that passes it on, untouched', () => {
    expect(parseInput(pass, ['-n', '--', 'make', '--', '-j', '4'], {})).toMatchObject({
      options: { dryRun: true },
      rest: ['make', '--', '-j', '4'],
    })
    expect(() => parseInput({ ...add, args: [] }, ['--', 'x'], {})).toThrow('nothing may follow --')
  })
})

it('short switches may be bundled', () => {
  expect(parse(['T', '-nw']).options).toMatchObject({ dryRun: true, wait: true })
  expect(failure(['T', '-np']).code).toBe('UNKNOWN_FLAG')
})
