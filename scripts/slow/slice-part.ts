/** What the slow tests of publishing consist of; a slice has the one that its seed picks, each some two minutes on an idle machine. */
const parts = [
  'libraries',
  'addon-unscripted',
  'addon-uncompiled',
  'replaced',
  'examples',
  'first-minutes',
  'alone',
] as const

export type Part = (typeof parts)[number]

const slice = process.env['TMO_SLICE']

/** Whether this run has only a part of it. */
export const isSlice: boolean = slice !== undefined

export function isInSlice(part: Part): boolean {
  return slice === undefined || parts[Number(slice) % parts.length] === part
}

/** Some of a list, others with the next seed. */
export function pickForSlice<T>(list: readonly T[], count: number): readonly T[] {
  if (slice === undefined) return list
  const start = Math.floor(Number(slice) / parts.length)
  return Array.from(
    { length: Math.min(count, list.length) },
    (_, at) => list[(start * count + at) % list.length],
  ).filter((one) => one !== undefined)
}
