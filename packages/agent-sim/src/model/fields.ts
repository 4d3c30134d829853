import { SimError } from '../errors.ts'
import { isRecord } from '../json.ts'

export type Fields = Readonly<Record<string, unknown>>

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function recordsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : []
}

/** A value at a path of keys; undefined where the path ends. */
export function valueAt(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value)
}

/**
 * The list that a request cannot do without.
 *
 * @throws SimError `BAD_REQUEST`
 */
export function listOf(body: Fields, name: string): readonly Fields[] {
  const value = body[name]
  if (Array.isArray(value)) return value.filter(isRecord)
  throw new SimError('BAD_REQUEST', `the request has no list ${name}`, {
    hint: `Send { "${name}": [ … ] }.`,
  })
}

/** The texts of a content that is a string or a list of parts with a `text`. */
export function contentTexts(content: unknown): readonly string[] {
  if (typeof content === 'string') return [content]
  return recordsOf(content).flatMap((part) => (typeof part['text'] === 'string' ? [part['text']] : []))
}
