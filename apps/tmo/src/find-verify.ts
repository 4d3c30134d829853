/** Files of a project's root, by name: their text, or `undefined` where there is none. */
export type ReadRoot = (name: string) => Promise<string | undefined>

export interface FoundVerify {
  readonly command: string
  /** The file that says so. */
  readonly from: string
}

const runners = [
  ['pnpm-lock.yaml', 'pnpm test'],
  ['yarn.lock', 'yarn test'],
  ['bun.lock', 'bun run test'],
] as const

const others = [
  ['Cargo.toml', /^\[(package|workspace)\]/m, 'cargo test'],
  ['go.mod', /^module /m, 'go test ./...'],
  ['Makefile', /^test:/m, 'make test'],
  ['pyproject.toml', /^\[tool\.pytest/m, 'python -m pytest'],
] as const

/** The command that tests a project, as its own files name it; `undefined` where none does. */
export async function findVerify(read: ReadRoot): Promise<FoundVerify | undefined> {
  const manifest = await read('package.json')
  if (manifest !== undefined && hasTests(manifest)) {
    for (const [file, command] of runners)
      if ((await read(file)) !== undefined) return { command, from: 'package.json' }
    return { command: 'npm test', from: 'package.json' }
  }
  for (const [from, pattern, command] of others)
    if (pattern.test((await read(from)) ?? '')) return { command, from }
  return undefined
}

/** `npm init` writes a test that fails; a manifest that is no JSON names none. */
function hasTests(manifest: string): boolean {
  try {
    const parsed: { scripts?: { test?: unknown } } | null = JSON.parse(manifest)
    const test = parsed?.scripts?.test
    return typeof test === 'string' && !test.includes('no test specified')
  } catch (error) {
    if (error instanceof SyntaxError) return false
    throw error
  }
}
