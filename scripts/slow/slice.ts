const slice = process.env['TMO_SLICE']

/** A slice has everything of publishing but the release of a whole copy, with some libraries of all. */
export const isSlice: boolean = slice !== undefined

/** Some of a list, others with the next seed. */
export function pickForSlice<T>(list: readonly T[], count: number): readonly T[] {
  if (slice === undefined) return list
  const start = Number(slice)
  return Array.from(
    { length: Math.min(count, list.length) },
    (_, at) => list[(start * count + at) % list.length],
  ).filter((one) => one !== undefined)
}
