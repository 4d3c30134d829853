import type { RecordLine } from '../formats.ts'
import type { Finding } from './report.ts'

const pasteStart = '\x1b[200~'
const pasteEnd = '\x1b[201~'

/** Nobody answers a dialog here: every byte that reached one came from the orchestrator. */
export function judgeDialogs(record: readonly RecordLine[]): readonly Finding[] {
  const found: Finding[] = []
  /** Everything read, as far as a paste may still be open in it. */
  let read = ''
  let open: { subject: string; isInPaste: boolean; bytes: string } | undefined
  for (const line of record) {
    if (line.type === 'received') {
      const bytes = Buffer.from(line.base64, 'base64').toString('latin1')
      read = (read + bytes).slice(-pasteLimit)
      if (open !== undefined) open.bytes += bytes
    } else if (line.type === 'dialog' && line.did === 'opened') {
      open = { subject: line.subject, isInPaste: isInPaste(read), bytes: '' }
    } else if (line.type === 'dialog' && open !== undefined) {
      const typed = open.isInPaste ? afterPaste(open.bytes) : open.bytes
      if (line.did !== 'withdrawn') found.push({ kind: 'approved', detail: `${line.did}: ${line.subject}` })
      if (typed !== '')
        found.push({
          kind: 'typed-into-dialog',
          detail: `${typed.length} bytes while it asked for ${open.subject}`,
        })
      open = undefined
    }
  }
  return found
}

/** More than any message of a scenario. */
const pasteLimit = 65_536

function isInPaste(read: string): boolean {
  return read.lastIndexOf(pasteStart) > read.lastIndexOf(pasteEnd)
}

/** A paste that had begun goes on to its end; what follows is new. */
function afterPaste(bytes: string): string {
  const end = bytes.indexOf(pasteEnd)
  return end < 0 ? '' : bytes.slice(end + pasteEnd.length)
}
