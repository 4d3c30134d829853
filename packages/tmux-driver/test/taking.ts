import type { OutputEvent, OutputOptions, PaneId, Tmux } from '../src/index.ts'

export interface Taking {
  readonly events: readonly OutputEvent[]
  of<K extends OutputEvent['type']>(type: K, pane?: PaneId): Extract<OutputEvent, { type: K }>[]
  /** All bytes of a pane, one after another. */
  bytes(pane: PaneId): Buffer
  /** Takes nothing until told to go on. */
  hold(): () => void
  stop(): Promise<unknown>
}

/** Takes output until it is stopped. */
export function takeOutput(
  from: Tmux,
  panes: PaneId | readonly PaneId[] | 'all',
  options: OutputOptions = {},
): Taking {
  const events: OutputEvent[] = []
  const end = new AbortController()
  let gate: Promise<void> | undefined
  let open: () => void = () => undefined
  const done = (async () => {
    for await (const event of from.output(panes, { ...options, signal: end.signal })) {
      events.push(event)
      await gate
    }
    return 'ended'
  })().catch((error: unknown) => error)
  const of: Taking['of'] = (type, pane) =>
    events.filter(
      (event): event is Extract<OutputEvent, { type: typeof type }> =>
        event.type === type && (pane === undefined || ('pane' in event && event.pane === pane)),
    )
  const own: Taking = {
    events,
    of,
    bytes: (pane) => Buffer.concat(of('bytes', pane).map((event) => event.bytes)),
    hold() {
      gate = new Promise<void>((resolve) => {
        open = resolve
      })
      return () => {
        gate = undefined
        open()
      }
    },
    stop: () => {
      open()
      end.abort(new Error('stopped'))
      return done
    },
  }
  return own
}

/** The last screen of a pane and all bytes after it, as one text. */
export function textOf({ events }: Pick<Taking, 'events'>, pane: PaneId): string {
  let text = ''
  for (const event of events) {
    if (event.type === 'screen' && event.pane === pane) {
      const { lines, cursor } = event.screen
      const above = lines.slice(0, cursor.y).map((line) => `${line}\r\n`)
      const line = lines[cursor.y] ?? ''
      // Between a return and its newline the cursor stands before the line. Blanks at a line's end are not on a screen.
      text = `${above.join('')}${cursor.x === 0 && line !== '' ? `${line}\r` : line.padEnd(cursor.x)}`
    } else if (event.type === 'bytes' && event.pane === pane) {
      text += Buffer.from(event.bytes).toString('latin1')
    }
  }
  return text
}
