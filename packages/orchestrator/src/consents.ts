import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OrchestratorError } from './errors.ts'
import { errorCode } from './runtime.ts'

/** By project, the hash of the grants that a person has agreed to. */
type Consents = Readonly<Record<string, string>>

/** Outside of every repository: none brings its own consent. */
function consentFile(home: string): string {
  return join(home, 'consents.json')
}

/** Whether a person has agreed to these very grants of the project. */
export async function hasConsent(home: string, project: string, hash: string): Promise<boolean> {
  const consents = await readConsents(home)
  return Object.hasOwn(consents, project) && consents[project] === hash
}

/** Remembers that a person agrees to these grants of the project, in place of earlier ones. */
export async function giveConsent(home: string, project: string, hash: string): Promise<void> {
  const file = consentFile(home)
  const consents = { ...(await readConsents(home)), [project]: hash }
  const temporary = `${file}.${randomUUID()}`
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(temporary, `${JSON.stringify(consents, null, 2)}\n`, { mode: 0o600 })
  await rename(temporary, file)
}

async function readConsents(home: string): Promise<Consents> {
  const file = consentFile(home)
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof read !== 'object' || read === null || Array.isArray(read)) throw new SyntaxError('no object')
    const entries = Object.entries(read).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    )
    return Object.fromEntries(entries)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {}
    throw new OrchestratorError('BAD_CONFIG', `${file} cannot be read as a list of consents`, {
      hint: 'remove it; projects are asked about again',
      cause: error,
    })
  }
}
