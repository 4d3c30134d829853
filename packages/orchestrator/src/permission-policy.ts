/** What the agents of a role may do without asking, and what never: patterns such as `Bash(npm test *)`, `Write(src/*)`, `WebFetch`. */
export interface PermissionRules {
  readonly allow?: readonly string[] | undefined
  readonly deny?: readonly string[] | undefined
}

/** By role; `*` is for every role. */
export type PermissionPolicy = Readonly<Record<string, PermissionRules>>

/** What is asked, as data. */
export interface PermissionSubject {
  readonly tool: string
  readonly subject: string
  /** Not all of it is known. */
  readonly isPartial: boolean
}

export interface PermissionVerdict {
  readonly decision: 'allow' | 'deny' | 'ask'
  /** The pattern that decided; `null` when a human is asked. */
  readonly rule: string | null
}

interface Pattern {
  readonly tool: string
  /** Absent: whatever the tool is given. */
  readonly subject?: string
}

const patternShape = /^([A-Za-z0-9_*.-]{1,100})(?:\(([\s\S]{0,1000})\))?$/

/** A tool's name, and in brackets what it is given; `*` stands for any text in both. Undefined when it is neither. */
export function parsePattern(text: string): Pattern | undefined {
  const [, tool, subject] = patternShape.exec(text) ?? []
  if (tool === undefined) return undefined
  return { tool, ...(subject === undefined ? {} : { subject }) }
}

/** Deny wins; what nothing allows asks a human. Patterns are compared with data: nothing of either is run. */
export function decidePermission(
  policy: PermissionPolicy,
  role: string,
  asked: PermissionSubject,
): PermissionVerdict {
  const rules = ['*', role].flatMap((name) => (Object.hasOwn(policy, name) ? (policy[name] ?? []) : []))
  const denied = rules.flatMap(({ deny }) => deny ?? []).find((rule) => isDenied(rule, asked))
  if (denied !== undefined) return { decision: 'deny', rule: denied }
  const allowed = rules.flatMap(({ allow }) => allow ?? []).find((rule) => isAllowed(rule, asked))
  return allowed === undefined ? { decision: 'ask', rule: null } : { decision: 'allow', rule: allowed }
}

/** What joins commands in a shell, or puts one into another. */
const joints = /[;&|<>(){}$`\n\r]+/
/** What an allowed `*` never stands for: such text could be a second command, and control characters could hide one. */
const risky = /[;&|<>(){}$`\\!#~\p{Cc}\p{Cf}]/u

function isAllowed(rule: string, { tool, subject, isPartial }: PermissionSubject): boolean {
  const pattern = parsePattern(rule)
  if (!pattern || isPartial || !matches(pattern.tool, tool)) return false
  if (pattern.subject === undefined || pattern.subject === subject) return true
  return pattern.subject.includes('*') && !risky.test(subject) && matches(pattern.subject, subject)
}

/** Each command of a line counts, however they are joined and spaced. */
function isDenied(rule: string, { tool, subject }: PermissionSubject): boolean {
  const pattern = parsePattern(rule)
  if (!pattern || !matches(pattern.tool, tool)) return false
  const { subject: wanted } = pattern
  if (wanted === undefined) return true
  return [subject, ...subject.split(joints)].map(spaced).some((part) => matches(spaced(wanted), part))
}

function spaced(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** In one pass over the text, whatever the pattern: `*` takes as little as it can. */
function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return pattern === text
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

/** Both hold: what either denies is denied. */
export function joinPolicies(first: PermissionPolicy = {}, second: PermissionPolicy = {}): PermissionPolicy {
  const roles = new Set([...Object.keys(first), ...Object.keys(second)])
  const joined = [...roles].map((role) => {
    const both = [first, second].map((one) => (Object.hasOwn(one, role) ? one[role] : undefined))
    const list = (kind: 'allow' | 'deny'): readonly string[] => both.flatMap((rules) => rules?.[kind] ?? [])
    return [role, { allow: list('allow'), deny: list('deny') }] as const
  })
  return Object.fromEntries(joined)
}
