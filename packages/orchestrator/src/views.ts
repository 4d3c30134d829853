import type { MessageView, TaskView } from './answers.ts'
import type { MessageRow, TaskRow } from './tables.ts'

/** ISO 8601 UTC, as everything that is printed. */
export function toIso(at: number): string
export function toIso(at: number | null): string | null
export function toIso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

export function viewTask(row: TaskRow): TaskView {
  return {
    id: row.id,
    title: row.title,
    body: row.body,
    files: parseStrings(row.files),
    dependsOn: parseStrings(row.depends_on),
    owner: row.owner,
    state: row.state,
    evidence: row.evidence,
  }
}

export function viewMessage(row: MessageRow): MessageView {
  return {
    id: row.id,
    from: row.sender,
    to: row.target,
    text: row.body,
    state: row.state,
    reason: row.reason,
    at: toIso(row.created_at),
  }
}

/** A JSON column that holds a list of strings. */
export function parseStrings(json: string): string[] {
  const value: unknown = JSON.parse(json)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
