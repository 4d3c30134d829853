import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { StoreError } from './errors.ts'

/** Backups that lie beside a database, the newest first. */
export function listBackups(path: string): readonly string[] {
  const start = `${basename(path)}.`
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(`${start}before-`) || name.startsWith(`${start}backup-`))
    .map((name) => join(dirname(path), name))
    .map((file) => ({ file, at: statSync(file).mtimeMs }))
    .toSorted((a, b) => b.at - a.at)
    .map(({ file }) => file)
}

/** The way back from a damaged file. */
export function wayBack(path: string): string {
  const [newest] = existsSync(path) ? listBackups(path) : []
  return newest === undefined
    ? 'there is no backup beside it; restore one of yours with `tmo-scheduler restore FILE`'
    : `end all that uses it, then: tmo-scheduler restore ${newest}`
}

/** What is wrong with a database, and the way back from there. */
export function damaged(path: string, problem: string, cause?: unknown): StoreError {
  return new StoreError('CORRUPT', `the database file is damaged (${problem}): ${path}`, {
    hint: wayBack(path),
    details: { path },
    cause,
  })
}
