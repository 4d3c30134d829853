import { describe, expect, it } from 'vitest'
import { TeamError } from './errors.ts'
import { parseSpec } from './parse-spec.ts'

const titles = (markdown: string): readonly string[] => parseSpec(markdown).tasks.map((task) => task.title)
const reasonOf = (markdown: string): unknown => {
  try {
    parseSpec(markdown)
  } catch (error) {
    if (error instanceof TeamError && error.code === 'BAD_SPEC') return error.details
    throw error
  }
  return 'accepted'
}

describe('tasks of a spec', () => {
  it('are its open checklist items, nested ones belonging to those above', () => {
    const spec = parseSpec('# Tool\n\n- [ ] One\n  - [ ] inner\n  - detail\n- [x] done\n* [ ] Two\n')
    expect(spec.tasks.map(({ id, title }) => [id, title])).toEqual([
      ['t1', 'One'],
      ['t2', 'Two'],
    ])
    expect(spec.tasks[0]?.body).toBe('- [ ] One\n  - [ ] inner\n  - detail')
  })

  it('are checklist items nested in plain ones', () => {
    expect(titles('# T\n- Backend\n  - [ ] One\n- Frontend\n  - [ ] Two\n')).toEqual(['One', 'Two'])
  })

  it('leave out boxes below headings about acceptance', () => {
    expect(titles('# T\n## Work\n- [ ] One\n## Acceptance criteria\n- [ ] fast\n')).toEqual(['One'])
  })

  it.each([
    ['Tasks', '1. One\n2. Two'],
    ['Todo', '- One\n- Two'],
    ['Work', '* One\n* Two'],
    ['Plan', '1) One\n2) Two'],
    ['Requirements', '+ One\n+ Two'],
  ])('are the list below %s', (heading, list) => {
    expect(
      titles(`# T\n\nProse.\n\n- not this\n\n## ${heading}\n\n${list}\n\n## Notes\n- nor this\n`),
    ).toEqual(['One', 'Two'])
  })

  it('are headings that say Task, with what stands below them', () => {
    const spec = parseSpec(
      '# T\n## Task: One\nWrite `a.txt`.\n- step\n### Detail\nmore\n## Task 2: Two\n- [ ] box\n',
    )
    expect(spec.tasks.map((task) => task.title)).toEqual(['One', 'Two'])
    expect(spec.tasks[0]?.body).toContain('more')
    expect(spec.tasks[0]?.files).toEqual(['a.txt'])
  })

  it('are numbered headings below Tasks, and plain ones when there is no list', () => {
    expect(titles('# T\n## Tasks\n### 1. One\n- a\n### 2. Two\n- b\n')).toEqual(['One', 'Two'])
    expect(titles('# T\n## Tasks\n### One\ntext\n### Two\ntext\n')).toEqual(['One', 'Two'])
    expect(titles('# T\n## Tasks\n### Backend\n- a\n### Frontend\n- b\n')).toEqual(['a', 'b'])
  })

  it('are else the second-level sections that say what to do', () => {
    const markdown = '# T\n## Overview\nwhy\n## Parser\nx\n## Printer\ny\n## Out of scope\nz\n'
    expect(titles(markdown)).toEqual(['Parser', 'Printer'])
  })

  it('are a numbered list where there are no sections', () => {
    expect(titles('Do this:\n\n1. One\n2. Two\n')).toEqual(['One', 'Two'])
  })

  it('are else the whole spec', () => {
    expect(parseSpec('# Make it\n\nJust `main.py`.\n').tasks).toEqual([
      { id: 't1', title: 'Make it', body: '# Make it\n\nJust `main.py`.', files: ['main.py'], dependsOn: [] },
    ])
  })

  it('never come from code fences, comments, quotes or indented code', () => {
    const spec = parseSpec(
      [
        '# T',
        '```md',
        '- [ ] fenced',
        '# not a title',
        '~~~',
        '```',
        '~~~~',
        '- [ ] tilde',
        '~~~',
        '- [ ] still',
        '~~~~',
        '<!--',
        '- [ ] comment',
        '-->',
        '> - [ ] quoted',
        '',
        '    - [ ] indented code',
        '',
        '- [ ] Real',
        '  ```sh',
        '  - [ ] inside an item',
        '  ```',
        '- [ ] Second',
        '```',
        '- [ ] unclosed',
      ].join('\n'),
    )
    expect(spec.tasks.map((task) => task.title)).toEqual(['Real', 'Second'])
  })

  it('are the same with CRLF and CR line ends and a byte order mark', () => {
    const markdown = '---\ntitle: x\n---\n# T\n\n## Tasks\n- [ ] One\n  more\n- [ ] Two\n'
    const expected = parseSpec(markdown)
    expect(expected.tasks).toHaveLength(2)
    expect(parseSpec(markdown.replaceAll('\n', '\r\n'))).toEqual(expected)
    expect(parseSpec(markdown.replaceAll('\n', '\r'))).toEqual(expected)
    expect(parseSpec(`\ufeff${markdown}`)).toEqual(expected)
  })

  it('do not come from tables, whose text stays', () => {
    const spec = parseSpec('# T\n\n| task | owner |\n|---|---|\n| - [ ] a | b |\n')
    expect(spec.tasks).toHaveLength(1)
    expect(spec.tasks[0]?.body).toContain('| task | owner |')
  })

  it('fall back to what there is when every box is done', () => {
    expect(titles('# T\n- [x] a\n- [x] b\n')).toEqual(['T'])
  })
})

describe('order and owners', () => {
  it('reads what a task comes after, by number or title', () => {
    const spec = parseSpec(
      [
        '# T',
        '- [ ] Add the parser',
        '- [ ] Print, after t1',
        '- [ ] Check (depends on task 1 and 2)',
        '- [ ] Ship. Depends on: 2, 3.',
        '- [ ] Tell',
        '  blocked by "Add the parser", needs 2 cores, after 3 days',
      ].join('\n'),
    )
    expect(spec.tasks.map((task) => task.dependsOn)).toEqual([[], ['t1'], ['t1', 't2'], ['t2', 't3'], ['t1']])
    expect(spec.warnings).toEqual([])
  })

  it("follows the spec's own numbers", () => {
    const spec = parseSpec('# T\n## Task 10: Base\nx\n## Task 20: Top\nafter task 10\n')
    expect(spec.tasks[1]?.dependsOn).toEqual(['t1'])
  })

  it('reads phases as what they are', () => {
    const spec = parseSpec('# T\n## Phase 1: Schema\nx\n## Phase 2: Filling\nafter phase 1\n')
    expect(spec.tasks.map((task) => task.dependsOn)).toEqual([[], ['t1']])
  })

  it('leaves out circles, and orders on tasks that are not there, and says so', () => {
    const spec = parseSpec(
      '# T\n- [ ] A after t2\n- [ ] B after t1\n- [ ] C after t1 and t9\n- [ ] D after t4\n',
    )
    expect(spec.tasks.map((task) => task.dependsOn)).toEqual([[], [], ['t1'], []])
    expect(spec.warnings).toEqual([
      't3: there is no task 9 to wait for',
      't1 and t2 wait for each other: that order is left out',
      't2 and t1 wait for each other: that order is left out',
    ])
  })

  it('keeps remarks on owner and order out of titles', () => {
    expect(
      titles('# T\n- [ ] A (owner: tester)\n- [ ] B (after t1).\n- [ ] (after t1)\n- [ ] C (new)\n'),
    ).toEqual(['A', 'B', '(after t1)', 'C (new)'])
  })

  it.each([
    ['Do it (owner: tester)', 'tester'],
    ['Do it @devops', 'devops'],
    ['[sysadmin] Do it', 'sysadmin'],
    ['Do it\n  - **Owner:** Project Manager', 'project_manager'],
    ['code-reviewer: look', 'code_reviewer'],
    ['Do it, assigned to databaseops', 'databaseops'],
    ['Mail bob@developer.example', undefined],
    ['Note: nothing', undefined],
  ])('reads the owner of %j', (text, owner) => {
    expect(parseSpec(`# T\n- [ ] ${text}\n`).tasks[0]?.ownerHint).toBe(owner)
  })
})

describe('files', () => {
  it.each([
    ['`src/a.ts` and `./b/c.py`', ['src/a.ts', 'b/c.py']],
    ['hello.txt, docs/x.md.', ['hello.txt', 'docs/x.md']],
    ['`Makefile` and `.github/workflows/ci.yml`', ['Makefile', '.github/workflows/ci.yml']],
    ['`docs/my file.md` and `straße/größe.txt`', ['docs/my file.md', 'straße/größe.txt']],
    ['use node.js and `console.log` and v1.2 and e.g. that', []],
    ['`/etc/passwd` `../x.txt` `a/../../b.txt` `.git/config.yml` `~/a.txt`', []],
    ['`$(rm -rf x).sh` `a;b.sh` `-rf.sh` `x\\y.ts` `a//b.ts`', []],
    ['`node app.js` `GET /export.csv` `./run x.sh` `src/cli.js a.txt`', []],
    ['https://example.com/a.html and [text](docs/linked.md)', []],
    ['`src/` and `origin/main` and `foo()`', []],
  ])('of %s', (text, files) => {
    expect(parseSpec(`# T\n- [ ] ${text}\n`).tasks[0]?.files).toEqual(files)
  })
})

describe('titles', () => {
  it('come from the first heading, the front matter or the first line', () => {
    expect(parseSpec('---\ntitle: "Matter"\n---\n# Head\nx').title).toBe('Head')
    expect(parseSpec('---\ntitle: "Matter"\n---\nx').title).toBe('Matter')
    expect(parseSpec('Under\n=====\nx').title).toBe('Under')
    expect(parseSpec('\n\njust text\nmore').title).toBe('just text')
    expect(parseSpec('```\ncode\n```\n# **Bold** [link](x) `code` #\n').title).toBe('Bold link code')
  })

  it.each([
    ['# Grüße, Čeština & Ærø!', 'grusse-cestina-aero'],
    ['# 日本語', 'spec'],
    [`# ${'long word '.repeat(20)}`, 'long-word-long-word-long-word-long-word'],
    [`# ${'x'.repeat(90)}`, 'x'.repeat(40)],
    ['# ../../etc; rm -rf $HOME', 'etc-rm-rf-home'],
  ])('make an ASCII slug: %s', (markdown, slug) => {
    expect(parseSpec(markdown).slug).toBe(slug)
  })

  it('carry no control or direction characters', () => {
    const spec = parseSpec('# a\u001b[31mb\u202ec\n- [ ] x\u001b]0;evil\u0007y\u200b\n')
    expect(spec.title).toBe('a[31mb\\u{202e}c')
    expect(spec.tasks[0]?.title).toBe('x]0;evily\\u{200b}')
    expect(spec.tasks[0]?.body).not.toMatch(/[\u001b\u0007]/)
  })
})

describe('what is no spec', () => {
  it.each([
    ['', { reason: 'empty' }],
    [' \n\t\r\n', { reason: 'empty' }],
    ['# a\0b', { reason: 'binary' }],
    ['# \ud800', { reason: 'binary' }],
    ['a'.repeat(1024 * 1024 + 1), { reason: 'too-large' }],
    ['ä'.repeat(1024 * 512 + 1), { reason: 'too-large' }],
    ['- [ ] a\n'.repeat(501), { reason: 'too-many-tasks' }],
  ])('is refused with a reason (%#)', (markdown, details) => {
    expect(reasonOf(markdown)).toEqual(details)
  })

  it('is refused or read in linear time, whatever it repeats', () => {
    const size = 256 * 1024
    const units = [
      '*',
      '`',
      '[',
      '- [ ] ',
      '#',
      '(',
      '\n',
      '- [ ] a\n',
      ' ',
      '\t- a\n',
      '`a',
      '> ',
      '| ',
      '~~~\n',
    ]
    units.push('after ', 'after *', 'after t1 and ', '"', '<!--', '-->', '1. ', '@', 'a.', 'a/', '# Tasks ')
    for (const unit of units) {
      const text = unit.repeat(size).slice(0, size)
      const before = process.cpuUsage()
      expect(reasonOf(`# T\n- [ ] ${text}`)).toBeDefined()
      expect(reasonOf(text)).toBeDefined()
      // Of a processor: what else runs on the machine does not count.
      expect(process.cpuUsage(before).user / 1000, JSON.stringify(unit)).toBeLessThan(3000)
    }
  })
})
