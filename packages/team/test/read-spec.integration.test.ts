import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isTeamError } from '../src/errors.ts'
import { readSpec } from '../src/read-spec.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tmo-spec-'))
})
afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

async function refusal(path: string): Promise<unknown> {
  try {
    await readSpec(path)
  } catch (error) {
    if (isTeamError(error)) return [error.code, 'reason' in error.details ? error.details.reason : undefined]
    throw error
  }
  return 'accepted'
}

async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(dir, name), content)
  return join(dir, name)
}

it('reads a spec from a file', async () => {
  const spec = await readSpec(await file('ä b.md', '# Grüße\r\n- [ ] One\r\n'))
  expect(spec).toMatchObject({ title: 'Grüße', slug: 'grusse', tasks: [{ id: 't1', title: 'One' }] })
})

it('takes one mebibyte and no byte more', async () => {
  const text = `# T\n${'x'.repeat(1024 * 1024 - 4)}`
  expect(await refusal(await file('fits.md', text))).toBe('accepted')
  expect(await refusal(await file('over.md', `${text}y`))).toEqual(['BAD_SPEC', 'too-large'])
})

it('refuses 50 MB at once, reading no more than the limit', async () => {
  const path = join(dir, 'big.md')
  execFileSync('truncate', ['-s', '50M', path])
  const before = process.cpuUsage()
  expect(await refusal(path)).toEqual(['BAD_SPEC', 'too-large'])
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
})

it('refuses what is not a Markdown text, never waiting for a pipe', async () => {
  execFileSync('mkfifo', [join(dir, 'pipe')])
  expect(await refusal(join(dir, 'pipe'))).toEqual(['BAD_SPEC', 'not-a-file'])
  expect(await refusal('/dev/zero')).toEqual(['BAD_SPEC', 'not-a-file'])
  expect(await refusal(dir)).toEqual(['BAD_SPEC', 'not-a-file'])
  expect(await refusal(await file('empty', ''))).toEqual(['BAD_SPEC', 'empty'])
  expect(await refusal(await file('nul', 'a\0b'))).toEqual(['BAD_SPEC', 'binary'])
  expect(await refusal(await file('latin', Uint8Array.of(0x23, 0x20, 0xe4, 0xff)))).toEqual([
    'BAD_SPEC',
    'binary',
  ])
  expect(await refusal(await file('utf16', Buffer.from('\ufeff# Hi', 'utf16le')))).toEqual([
    'BAD_SPEC',
    'binary',
  ])
  expect(await refusal(join(dir, 'none.md'))).toEqual(['NO_SUCH_SPEC', undefined])
})
