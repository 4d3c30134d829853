import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isTeamError } from './errors.ts'
import { parseSpec } from './parse-spec.ts'
import { isRoleName } from './role-names.ts'

const fragment = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 30 }),
  fc.constantFrom(
    '- [ ] ',
    '- [x] ',
    '* ',
    '1. ',
    '# ',
    '## Tasks',
    '### ',
    '```',
    '~~~',
    '---',
    '===',
    '> ',
    '| a |',
  ),
  fc.constantFrom(
    '  ',
    '\t',
    '    ',
    '\n',
    '\r\n',
    '<!--',
    '-->',
    'after t1',
    'depends on task 2, 3',
    '`a/b.ts`',
  ),
  fc.constantFrom(
    '(owner: tester)',
    '@devops',
    '`../x.md`',
    '`/etc/x.md`',
    'x.md',
    '\u001b[2J',
    '\u202e',
    '\0',
  ),
)
const markdown = fc
  .array(fc.oneof(fragment, fragment, fc.constant('\n')), { maxLength: 80 })
  .map((parts) => parts.join(''))

function parse(text: string): ReturnType<typeof parseSpec> | undefined {
  try {
    return parseSpec(text)
  } catch (error) {
    if (isTeamError(error) && error.code === 'BAD_SPEC') return undefined
    throw error
  }
}

it('any text is a spec with tasks that are safe to name, or refused as BAD_SPEC', () => {
  fc.assert(
    fc.property(markdown, (text) => {
      const spec = parse(text)
      if (!spec) return
      expect(spec.slug).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
      expect(spec.slug.length).toBeLessThanOrEqual(40)
      expect(spec.tasks.length).toBeGreaterThan(0)
      expect(spec.title).toMatch(/^[^\p{Cc}]+$/u)
      spec.tasks.forEach((task, at) => {
        expect(task.id).toBe(`t${at + 1}`)
        expect(task.title).toMatch(/^[^\p{Cc}\u202a-\u202e]{1,200}$/u)
        expect(task.ownerHint === undefined || isRoleName(task.ownerHint)).toBe(true)
        for (const file of task.files)
          expect(file).toMatch(/^(?![/~-])(?!.*(?:^|\/)\.\.?(?:\/|$))[^\p{Cc}\\]+$/u)
      })
    }),
    { numRuns: 500 },
  )
})

it('what tasks wait for is another task, and never a circle', () => {
  const numbers = fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }), {
    minLength: 1,
    maxLength: 8,
  })
  fc.assert(
    fc.property(numbers, (wanted) => {
      const lines = wanted.map((after) => `- [ ] x${after.map((number) => ` after t${number}`).join()}`)
      const { tasks } = parseSpec(`# T\n${lines.join('\n')}`)
      const left = new Map(tasks.map((task) => [task.id, task.dependsOn]))
      while (left.size > 0) {
        const ready = [...left].filter(([, waits]) => waits.every((id) => !left.has(id)))
        expect(ready.length).toBeGreaterThan(0)
        for (const [id] of ready) left.delete(id)
      }
    }),
  )
})

it('the same text gives the same spec', () => {
  fc.assert(
    fc.property(markdown, (text) => {
      expect(parse(text)).toEqual(parse(text))
      expect(parse(text.replaceAll(/\r\n?/g, '\n').replaceAll('\n', '\r\n'))).toEqual(parse(text))
    }),
  )
})
