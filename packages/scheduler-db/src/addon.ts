import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type Sqlite from 'better-sqlite3'
import { StoreError } from './errors.ts'

/**
 * The native add-on; the only place that loads it for the store.
 *
 * @throws StoreError `ADDON_MISSING`
 */
export async function loadAddon(): Promise<typeof Sqlite> {
  try {
    return (await import('better-sqlite3')).default
  } catch (error) {
    throw addonMissing(error)
  }
}

/**
 * What was thrown by better-sqlite3 because its native part was not built, or was built for another Node, as `ADDON_MISSING` with the
 * command that builds it; `undefined` for any other error.
 */
export function addonFailure(error: unknown): StoreError | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? error.code : undefined
  const isAddon =
    code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND' || /bindings file/.test(error.message)
  return isAddon ? addonMissing(error) : undefined
}

const needs = 'python3, make and a C++ compiler'

function addonMissing(cause: unknown): StoreError {
  const place = findPlace()
  return place === undefined
    ? new StoreError(
        'ADDON_MISSING',
        'the native add-on better-sqlite3 could not be built when this was installed',
        {
          hint: `install ${needs} (apt-get install python3 make g++), then run the same npm install again`,
          cause,
        },
      )
    : new StoreError('ADDON_MISSING', 'the native add-on better-sqlite3 is not built for this Node', {
        hint: `npm rebuild --prefix ${quote(place)} --ignore-scripts=false better-sqlite3 (where no prebuilt one can be had, it needs ${needs})`,
        cause,
      })
}

function quote(word: string): string {
  return /^[A-Za-z0-9_./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** The folder whose `node_modules` holds the package; npm leaves the package out where its add-on does not compile. */
function findPlace(): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve('better-sqlite3/package.json')
    return dirname(dirname(dirname(manifest)))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
