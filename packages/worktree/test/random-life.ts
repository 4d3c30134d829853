import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openRepository, type Repository } from '../src/index.ts'
import { type TemporaryRepository, temporaryRepository } from '../src/testing.ts'
import { cleanEnvironment } from './clean-environment.ts'
import { seeded } from './seeded.ts'

export interface LifeReport {
  /** What was done, one line a step; the last ones explain a problem. */
  readonly steps: readonly string[]
  readonly problems: readonly string[]
}

const names = ['one', 'two', 'three']
const files = ['a.txt', 'b.txt', 'dir/c.txt', 'dir/deep/d.txt', 'new one.txt']

/**
 * Random commits, edits, merges, rebases, removals, restores and damages on several worktrees. After each step every content
 * that was ever in a tree or an index is in a tree, an index or a ref, or was overwritten or discarded on purpose.
 */
export async function liveAtRandom(options: {
  readonly steps: number
  readonly seed: number
}): Promise<LifeReport> {
  await using temporary = await temporaryRepository({ files: { 'a.txt': 'base\n', 'b.txt': 'base\n' } })
  const repository = await openRepository(temporary.dir, { env: cleanEnvironment() })
  const life = new Life(temporary, repository, seeded(options.seed))
  const steps: string[] = []
  const problems: string[] = []
  for (const name of names) await life.add(name)
  for (let step = 0; step < options.steps && problems.length === 0; step += 1) {
    steps.push(await life.step(step))
    problems.push(...(await life.listLost()).map((lost) => `step ${step}: ${lost} is nowhere`))
  }
  const fsck = await temporary.git('fsck', '--no-dangling', '--no-progress').catch(String)
  if (fsck !== '') problems.push(fsck)
  return { steps, problems }
}

class Life {
  readonly #temporary: TemporaryRepository
  readonly #repository: Repository
  readonly #random: () => number
  /** Contents that must be somewhere, by blob id. */
  readonly #living = new Map<string, string>()

  constructor(temporary: TemporaryRepository, repository: Repository, random: () => number) {
    this.#temporary = temporary
    this.#repository = repository
    this.#random = random
  }

  async add(name: string): Promise<void> {
    await this.#repository.addWorktree({ path: this.#path(name), branch: `life/${name}`, base: 'main' })
  }

  async step(number: number): Promise<string> {
    const name = this.#pick(names)
    const steps = [
      this.#edit,
      this.#edit,
      this.#edit,
      this.#stage,
      this.#stage,
      this.#commit,
      this.#delete,
      this.#discard,
      this.#preserve,
      this.#remove,
      this.#remove,
      this.#merge,
      this.#rebase,
      this.#damage,
      this.#damage,
    ]
    const done = await this.#pick(steps).call(this, name, number)
    return `${number} ${name}: ${done}`
  }

  /** Contents that are in no tree, no index and no ref. */
  async listLost(): Promise<readonly string[]> {
    const reachable = await this.#temporary.git('rev-list', '--objects', '--all', '--indexed-objects')
    const found = new Set(reachable.split('\n').map((line) => line.slice(0, 40)))
    for (const name of names)
      for (const file of await listFiles(this.#path(name)))
        found.add(blobId(await readFile(join(this.#path(name), file))))
    return [...this.#living].filter(([id]) => !found.has(id)).map(([, content]) => content.trim())
  }

  #path(name: string): string {
    return join(this.#temporary.outside, name)
  }

  #pick<T>(among: readonly [T, ...T[]] | readonly T[]): T {
    return among[Math.floor(this.#random() * among.length)] as T
  }

  #git(name: string, ...args: readonly string[]): Promise<string> {
    return this.#temporary.git('-C', this.#path(name), ...args)
  }

  async #tryGit(name: string, ...args: readonly string[]): Promise<boolean> {
    return this.#git(name, ...args).then(
      () => true,
      () => false,
    )
  }

  /** What a step is going to overwrite or delete on purpose no longer counts, unless it is somewhere else anyway. */
  async #forget(path: string): Promise<void> {
    const content = await readFile(path).catch(() => undefined)
    if (content !== undefined) this.#living.delete(blobId(content))
  }

  async #edit(name: string, number: number): Promise<string> {
    const file = this.#pick(files)
    const path = join(this.#path(name), file)
    const content = `${name} ${number} ${Math.floor(this.#random() * 1e9)}\n`
    await this.#forget(path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    this.#living.set(blobId(Buffer.from(content)), content)
    return `edited ${file}`
  }

  async #stage(name: string): Promise<string> {
    const file = this.#pick(files)
    const staged = await this.#git(name, 'ls-files', '--stage', '--', file)
    if (!(await this.#tryGit(name, 'add', '--', file))) return `had no ${file} to stage`
    // What was staged before and is in no commit was overwritten.
    const old = /^\d+ ([0-9a-f]+) /.exec(staged)?.[1]
    if (old !== undefined) this.#living.delete(old)
    return `staged ${file}`
  }

  async #commit(name: string): Promise<string> {
    if ((await this.#repository.inspect(this.#path(name))).operation !== undefined) return 'was in the middle'
    return (await this.#tryGit(name, 'commit', '--quiet', '--message', 'Work'))
      ? 'committed'
      : 'had nothing staged'
  }

  async #delete(name: string): Promise<string> {
    const file = this.#pick(files)
    await this.#forget(join(this.#path(name), file))
    await rm(join(this.#path(name), file), { force: true })
    return `deleted ${file}`
  }

  async #discard(name: string): Promise<string> {
    const file = this.#pick(files)
    await this.#forget(join(this.#path(name), file))
    await this.#tryGit(name, 'checkout', '--', file)
    return `discarded ${file}`
  }

  async #preserve(name: string): Promise<string> {
    const result = await this.#repository.preserve(this.#path(name), { ref: `refs/tmo/preserved/${name}/*` })
    return result.status
  }

  async #remove(name: string): Promise<string> {
    const path = this.#path(name)
    const ref = `refs/tmo/preserved/${name}/*`
    const plain = await this.#repository.removeWorktree(path)
    if (plain.status === 'removed') {
      await this.add(name)
      return 'removed clean and added'
    }
    const forced = await this.#repository.removeWorktree(path, { force: 'preserve', preserveRef: ref })
    if (forced.status !== 'removed') return `not removed: ${JSON.stringify(forced)}`
    await this.add(name)
    if (forced.preserved === undefined || this.#random() < 0.5) return 'removed by force'
    const back = await this.#repository.restore(path, { ref: forced.preserved.ref }).catch(String)
    return `removed by force, ${typeof back === 'string' ? back : back.status}`
  }

  async #merge(name: string): Promise<string> {
    const [into, from] = await Promise.all(
      ['main', `life/${name}`].map((branch) => this.#repository.resolveCommit(branch)),
    )
    const merged = await this.#repository.merge({ into: into ?? '', from: from ?? '', message: 'Merge' })
    if (merged.status !== 'merged') return merged.status
    await this.#temporary.git('update-ref', 'refs/heads/integration', merged.commit)
    return 'merged'
  }

  async #rebase(name: string): Promise<string> {
    const other = this.#pick(names)
    if (await this.#tryGit(name, 'rebase', '--quiet', `life/${other}`)) return `rebased onto ${other}`
    if ((await this.#repository.inspect(this.#path(name))).operation === undefined) return 'could not rebase'
    if (this.#random() < 0.3) return this.#end(name)
    return (await this.#tryGit(name, 'rebase', '--abort')) ? 'rebase ended' : this.#end(name)
  }

  async #end(name: string): Promise<string> {
    const preserveRef = `refs/tmo/preserved/${name}/*`
    const { status, done } = await this.#repository.repair(this.#path(name), {
      abortOperation: true,
      preserveRef,
    })
    return `${status}: ${done.join(', ')}`
  }

  async #damage(name: string): Promise<string> {
    const path = this.#path(name)
    const gitDir = join(this.#repository.commonDir, 'worktrees', name)
    const branch = join(this.#repository.commonDir, 'refs/heads/life', name)
    const damages: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['.git gone', () => rm(join(path, '.git'))],
      ['.git garbled', () => writeFile(join(path, '.git'), 'x')],
      ['HEAD empty', () => truncate(join(gitDir, 'HEAD'))],
      ['branch empty', () => truncate(branch)],
      ['index empty', () => truncate(join(gitDir, 'index'))],
      ['index cut', () => truncate(join(gitDir, 'index'), 80)],
      ['index gone', () => rm(join(gitDir, 'index'))],
      ['index.lock left', () => writeFile(join(gitDir, 'index.lock'), '')],
      ['git directory gone', () => rm(gitDir, { recursive: true })],
    ]
    const [what, damage] = this.#pick(damages)
    await damage()
    const preserveRef = `refs/tmo/preserved/${name}/*`
    const result = await this.#repository.repair(path, {
      branch: `life/${name}`,
      abortOperation: true,
      preserveRef,
    })
    if (result.status === 'unrepaired') throw new Error(`${what}: ${JSON.stringify(result)}`)
    return `${what}: ${result.done.join(', ')}`
  }
}

function blobId(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex')
}

async function listFiles(root: string, folder = ''): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      const name = join(folder, entry.name)
      if (name === '.git') return []
      return entry.isDirectory() ? listFiles(root, name) : [name]
    }),
  )
  return found.flat()
}
