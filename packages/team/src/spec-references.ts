import { findRoleName, type RoleName } from './role-names.ts'

/** How many texts of a task are looked at, and how long each may be, when references are sought. */
const lookMax = 4000
const referenceLimit = 50

const opener =
  /\b(after|depends\s+on|depending\s+on|dependencies|needs|requires|blocked\s+by|once|follows)\b\s*:?\s*/gi
/** A number with its kind: `task 2`, `#2`, `t2`. */
const marked =
  /^(?:(?:and|or|the|,|&|\+|\(|\[|`|\*)\s*)*(?:(?:tasks?|steps?|items?|phases?|stages?|parts?)\s*[#t]?|#|t)(\d{1,4})\b[\s\])`*]*/i
/** A number alone, where no unit follows. */
const alone =
  /^(?:(?:,|and|&|\+|or)\s*)*#?t?(\d{1,4})\b(?=\s*(?:$|[,;)\]&+\n—-]|\.(?!\d)|and\b|or\b))[\s\])`*]*/i
const quoted = /^(?:the\s+)?(?:task\s+)?["“'‘`*]{1,2}([^"”'’`*]{2,120})["”'’`*]{1,2}/i

/** What a text says it comes after: numbers of tasks, and titles of tasks. */
export interface References {
  readonly numbers: readonly number[]
  readonly titles: readonly string[]
}

/** Phrases such as `after t1`, `depends on task 2 and 3`, `needs "Add the parser"`. */
export function referencesIn(text: string): References {
  const look = text.slice(0, lookMax)
  const numbers = new Set<number>()
  const titles = new Set<string>()
  for (const match of look.matchAll(opener)) {
    if (numbers.size + titles.size >= referenceLimit) break
    const rest = look.slice(match.index + match[0].length, match.index + match[0].length + 400)
    const title = quoted.exec(rest)?.[1]
    if (title !== undefined && !/^#?t?\d+$/i.test(title)) titles.add(title)
    for (const number of numbersAt(rest, /^(?:dep|block)/i.test(match[1] ?? ''))) numbers.add(number)
  }
  return { numbers: [...numbers], titles: [...titles] }
}

function numbersAt(text: string, mayBeAlone: boolean): readonly number[] {
  const found: number[] = []
  let rest = text
  while (found.length < referenceLimit) {
    const match = marked.exec(rest) ?? (mayBeAlone || found.length > 0 ? alone.exec(rest) : null)
    if (!match) break
    found.push(Number(match[1]))
    rest = rest.slice(match[0].length)
  }
  return found
}

const ownerPatterns = [
  /\b(?:(?:owner|assignee|role)\s*[`*]{0,2}\s*[:=]|assigned\s+to|assign\s+to)\s*[`*@"]{0,3}\s*([a-z]+(?:[ _-][a-z]+)?)/gi,
  /(?:^|[\s([])@([a-z]+(?:[_-][a-z]+)?)\b/gi,
  /\[([a-z]+(?:[ _-][a-z]+)?)\]/gi,
  /^[\s*_`]*([a-z]+(?:[ _-][a-z]+)?)[\s*_`]*:/gim,
]

/** The role that a task's text names as its owner: `(owner: tester)`, `@devops`, `[sysadmin]`, `devops: …`. */
export function ownerNamedIn(text: string): RoleName | undefined {
  const look = text.slice(0, lookMax)
  for (const pattern of ownerPatterns) {
    for (const match of look.matchAll(pattern)) {
      const words = (match[1] ?? '').split(' ')
      const role = findRoleName(words.join(' ')) ?? findRoleName(words[0] ?? '')
      if (role !== undefined) return role
    }
  }
  return undefined
}
