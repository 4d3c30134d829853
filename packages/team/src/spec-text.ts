import { TeamError } from './errors.ts'

/** Longest spec, in bytes of UTF-8. */
export const specBytesMax: number = 1024 * 1024

type Reason = TeamError<'BAD_SPEC'>['details']['reason']

/** The error for a spec that nothing can be done with. */
export function badSpec(reason: Reason, message: string, hint: string, path?: string): TeamError<'BAD_SPEC'> {
  const details = path === undefined ? { reason } : { reason, path }
  return new TeamError('BAD_SPEC', message, { details, hint })
}

/**
 * The text in a spec's bytes.
 *
 * @throws TeamError `BAD_SPEC` when they are more than 1 MiB, or not UTF-8.
 */
export function decodeSpec(bytes: Uint8Array, path?: string): string {
  const name = path ?? 'the spec'
  if (bytes.byteLength > specBytesMax) throw tooLarge(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw badSpec('binary', `cannot read ${name}: it is not UTF-8 text`, 'save it as Markdown in UTF-8', path)
  }
}

/** The error for a spec above the limit. */
function tooLarge(path?: string): TeamError<'BAD_SPEC'> {
  return badSpec(
    'too-large',
    `cannot use ${path ?? 'the spec'}: it is larger than 1 MiB`,
    'a spec is text for agents: split it into several specs, and name large files instead of including them',
    path,
  )
}

/** A spec's text with `\n` line ends and without a byte order mark; refuses what is not text. */
export function cleanSpecText(markdown: string): string {
  if (markdown.length > specBytesMax || Buffer.byteLength(markdown) > specBytesMax) throw tooLarge()
  if (markdown.includes('\0') || /\p{Cs}/u.test(markdown)) {
    throw badSpec('binary', 'cannot use the spec: it is binary, not text', 'name a Markdown file')
  }
  const text = markdown
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0001-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
  if (text.trim() === '') {
    throw badSpec(
      'empty',
      'cannot use the spec: it is empty',
      'write down what is to be done, one task per `- [ ]` line',
    )
  }
  return text
}
