import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Room } from './room.ts'

const files = {
  'package.json': '{ "scripts": { "test": "node --test" } }\n',
  '.gitignore': '.env\n',
}

/** A program that only tells its version, first on PATH. */
function installClaude(room: Room): void {
  const bin = join(room.folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'claude'), "#!/bin/sh\necho '2.1.330 (Claude Code)'\n")
  chmodSync(join(bin, 'claude'), 0o755)
  room.env['PATH'] = [bin, room.env['PATH']].join(delimiter)
}

describe('tmo init', () => {
  it('writes what it finds, from anywhere in the repository, and the settings hold', async () => {
    await using room = new Room()
    installClaude(room)
    const project = await room.project({ ...files, 'src/shop.js': '' })
    writeFileSync(join(project, '.env'), 'KEY=1\n')
    const answer = await room.json<{ file: string }>(['init', '--project', join(project, 'src')])
    expect(answer).toMatchObject({
      file: join(project, '.tmo/config.yaml'),
      agent: 'claude',
      verify: { command: 'npm test', from: 'package.json' },
      base: 'main',
      copy: ['.env'],
    })
    const { values } = await room.json<{
      values: readonly { key: string; value: unknown; origin: string }[]
    }>(['config', 'show', '--project', project])
    expect(values).toContainEqual({ key: 'agent', value: 'claude', origin: answer.file })
    expect(values).toContainEqual({ key: 'copy', value: ['.env'], origin: answer.file })
  })

  it('takes a folder called .env, as Python makes one, for no file', async () => {
    await using room = new Room()
    const project = await room.project({ ...files, '.gitignore': '.env\n.env.local\n' })
    mkdirSync(join(project, '.env/bin'), { recursive: true })
    for (let index = 0; index < 3_000; index += 1)
      writeFileSync(join(project, '.env/bin', `tool-${index}`), '')
    writeFileSync(join(project, '.env.local'), 'KEY=1\n')
    expect(await room.json(['init', '--project', project])).toMatchObject({ copy: ['.env.local'] })
  })

  it('says where a file stands in the way of its folder', async () => {
    await using room = new Room()
    const project = await room.project({ ...files, '.tmo': 'mine\n' })
    const refused = await room.tmo(['init', '--project', project])
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('.tmo is no folder; nothing was written')
  })

  it('never replaces a file, of eight at once neither, and leaves no draft', async () => {
    await using room = new Room()
    const project = await room.project(files)
    const results = await Promise.all(
      Array.from({ length: 8 }, () => room.tmo(['init', '--project', project])),
    )
    expect(results.map(({ code }) => code).sort()).toEqual([0, 1, 1, 1, 1, 1, 1, 1])
    expect(readdirSync(join(project, '.tmo'))).toEqual(['config.yaml'])
    const file = join(project, '.tmo/config.yaml')
    writeFileSync(file, '# mine\n')
    const refused = await room.tmo(['init', '--project', project])
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('is there already; nothing was written')
    expect(readFileSync(file, 'utf8')).toBe('# mine\n')
  })

  it('writes nowhere else: not through a link, and not without a repository', async () => {
    await using room = new Room()
    const project = await room.project(files)
    mkdirSync(join(room.folder, 'elsewhere'))
    symlinkSync(join(room.folder, 'elsewhere'), join(project, '.tmo'))
    expect(await room.tmo(['init', '--project', project])).toMatchObject({ code: 1 })
    expect(readdirSync(join(room.folder, 'elsewhere'))).toEqual([])
    const outside = await room.tmo(['init', '--project', join(room.folder, 'elsewhere')])
    expect(outside).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not inside a git repository'),
    })
  })
})
