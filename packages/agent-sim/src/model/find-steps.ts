/** A step as it stands in a text: its word, what follows it, and all of it for an error message. */
export interface RawStep {
  readonly op: string
  readonly argument: string
  readonly source: string
}

const words =
  'text|slow|bash|escalate|write|tool|429|529|500|401|403|credit|quota|usage|limit|toolong|drop|hang|raw'
const opening = new RegExp(`(<{2,})(${words})(?=[\\s>])`, 'g')

/**
 * The steps in a text, in order: `<<op argument>>`. A step may hold others (`<<tool Write {"content":"<<bash ls>>"}>>`),
 * which are then its text. An argument that holds `>>` stands between longer fences: `<<<bash date >> log>>>`. What is
 * never closed, or begins with no word that we know, is ordinary text.
 */
export function findSteps(text: string): readonly RawStep[] {
  const steps: RawStep[] = []
  let at = 0
  for (;;) {
    opening.lastIndex = at
    const match = opening.exec(text)
    if (match === null) return steps
    const [head, fence = '', op = ''] = match
    const begin = match.index + head.length
    const end = findEnd(text, begin, fence.length)
    if (end === undefined) {
      at = begin
      continue
    }
    const argument = text.slice(begin, end).trim()
    at = end + fence.length
    steps.push({ op, argument, source: text.slice(match.index, at) })
  }
}

/** Where the fence that closes a step begins. */
function findEnd(text: string, from: number, width: number): number | undefined {
  const mark = new RegExp(`<{${width}}(?:${words})(?=[\\s>])|>{${width}}`, 'g')
  mark.lastIndex = from
  for (let depth = 1; ; ) {
    const match = mark.exec(text)
    if (match === null) return undefined
    depth += match[0].startsWith('<') ? 1 : -1
    if (depth === 0) return match.index
  }
}
