import { mkdtemp, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Gemini CLI takes no system settings from below a folder that others may write, as `/tmp` is. */
export async function inOwnFolder<T>(act: () => Promise<T>): Promise<T> {
  const before = process.env['TMPDIR']
  const folder = await mkdtemp(join(homedir(), '.tmo-'))
  process.env['TMPDIR'] = folder
  try {
    return await act()
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
    await rm(folder, { recursive: true, force: true })
  }
}
