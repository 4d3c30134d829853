import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RealProgram } from './programs.ts'

/** The folder of a program that is as it is, but for its server. */
export async function serverless({
  bin,
  name,
}: RealProgram): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'tmo-'))
  const script = `#!/bin/sh\n[ "$1" = app-server ] && { echo 'no server here' >&2; exit 1; }\nexec '${join(bin, name)}' "$@"\n`
  await writeFile(join(path, name), script, { mode: 0o755 })
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
