import { type Context, inStore } from './context.ts'

const maxBlobBytes = 8 * 1024 * 1024

/** The texts of blobs by id; absent for one that is binary or larger than 8 MiB. One process for all sizes, one for all texts. */
export async function readBlobs(
  context: Context,
  objects: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string | undefined>> {
  const texts = new Map<string, string | undefined>([...objects].map((object) => [object, undefined]))
  const run = { ...inStore(context), signal }
  const ask = (ids: readonly string[]): string => ids.map((id) => `${id}\n`).join('')
  const sizes = await context.git(['cat-file', '--batch-check'], { ...run, input: ask([...objects]) })
  const small = sizes.stdout.split('\n').flatMap((line) => {
    const [id = '', type, size] = line.split(' ')
    return type === 'blob' && Number(size) <= maxBlobBytes ? [id] : []
  })
  for (let start = 0; start < small.length; start += batch) {
    const input = ask(small.slice(start, start + batch))
    const { stdout } = await context.git(['cat-file', '--batch'], { ...run, input, bytes: true })
    for (const [id, text] of parseBatch(stdout)) texts.set(id, text.includes('\0') ? undefined : text)
  }
  return texts
}

const batch = 200

/** Reads `git cat-file --batch` as bytes (one character each); the texts are decoded as UTF-8. */
export function parseBatch(output: string): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = []
  for (let start = 0; start < output.length; ) {
    const lineEnd = output.indexOf('\n', start)
    const [id = '', , size] = output.slice(start, lineEnd).split(' ')
    const end = lineEnd + 1 + Number(size)
    found.push([id, Buffer.from(output.slice(lineEnd + 1, end), 'latin1').toString()])
    start = end + 1
  }
  return found
}
