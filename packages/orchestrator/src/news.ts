/** What an event has to tell by itself, as the log keeps it. */
export interface NewsEvent {
  readonly kind: string
  readonly subject: string | null
  /** JSON. */
  readonly data: string | null
}

/**
 * What people and agents did, and what came of it. Messages are none, those of check-ins least of all: agents would wake each other
 * for ever. What waits for a human is told to one.
 */
export const newsAbout: readonly string[] = [
  'agent',
  'branch',
  'conversation',
  'integration',
  'merge',
  'report',
  'task',
  'verify',
]

/** Whether an event is news to an agent: of the kinds that are, and none of its own doing. */
export function isNewsTo(name: string, { kind, subject, data }: NewsEvent): boolean {
  if (!newsAbout.includes(kind.split(':', 1)[0] ?? '')) return false
  const { by } = JSON.parse(data ?? '{}')
  return subject !== name && by !== name
}
