import { formatCommand } from './quote.ts'
import { surely } from './unfinished.ts'

/** Marks a session as an anchor: lists leave it out. */
const mark = '@tmo_anchor'
/** The ids of all sessions that are no anchors, each with a blank behind it. */
const others = `#{S:#{?${mark},,#{session_id} }}`
/** Not `-n`, as the next one may be an anchor too: its hook would not run for what this hook did. */
const switchClient = `switch-client -t '#{s/ .*//:${others}}' -c`
/** What keeps an anchor session alive; it reads nothing but what is pressed in it. */
export const anchorProgram: readonly string[] = ['cat', '-u', '-']
/** Of the pane in which it runs: a hook of the user (`after-new-session`) may have put others beside it. */
export const ofAnchorPane = (format: string): string =>
  `#{W:#{P:#{?#{m:*cat*-u*,#{pane_start_command}},${format},}}}`
/** Not empty while the anchor's own pane is in its session, and its program runs. */
const ownPane = `#{W:#{P:#{?#{&&:#{==:#{pane_id},#{${mark}_pane}},#{!=:#{pane_dead},1}},1,}}}`
const isForsaken = surely(`#{?${ownPane},0,1}`)
/** How often it is looked whether a client is left over. */
const lookEverySeconds = 10

/**
 * What makes a session an anchor, run in one step with its creation.
 *
 * It ends when its client goes, by a hook: with `destroy-unattached` the server would also end it while it is still taking leave of the
 * client and another one goes, and a 3.3a or 3.5a crashes on that with all sessions. A person whom tmux puts into it, as their own session
 * has ended (`detach-on-destroy off`), is sent on to another.
 *
 * @param o.endsWithUs whether the client is killed when its program dies. Otherwise the server may wait for ever until such a client has
 * read its last words; then it looks now and again.
 */
export function anchorCommands({ name, endsWithUs }: AnchorOptions): readonly (readonly string[])[] {
  const target = `=${name}:`
  const end = `kill-session -t =${name}`
  const ifAttached = (then: string, otherwise: string): string =>
    formatCommand(['if-shell', '-F', '-t', target, '#{session_attached}', then, otherwise])
  const isForeign = surely(`#{!=:#{hook_client},#{${mark}_client}}`)
  const sendOn = `run-shell -C "#{?${others},${switchClient},detach-client -t} '#{hook_client}'"`
  const set = (...words: readonly string[]): readonly string[] => ['set-option', '-t', target, ...words]
  const setOwn = (...words: readonly string[]): readonly string[] => [
    ...['run-shell', '-C', '-t', target],
    `set-option -t '#{${mark}_pane}' ${words.join(' ')}`,
  ]
  const hook = (name: string, command: string): readonly string[] => ['set-hook', '-t', target, name, command]
  // When the client is gone the other hook ends the session.
  const killClient = formatCommand([
    ...['if-shell', '-t', target, `kill -KILL #{${mark}_pid} 2>/dev/null`, '', end],
  ])
  // Silence is told once, until the window speaks again: `cat` echoes, in no mode. Never by the session's name, as it also holds windows of people.
  const own = `-t '#{${mark}_pane}'`
  const press = `copy-mode -q ${own} ; send-keys ${own} Enter`
  const speak = formatCommand(['run-shell', '-C', '-t', target, press])
  const speakOrEnd = formatCommand(['if-shell', '-F', '-t', target, isForsaken, end, speak])
  // A client that has begun to leave is counted until something makes the server count again, as the setting of any option does.
  const recount = formatCommand(set(`${mark}_looked`, '1'))
  const look = [
    set('-F', `${mark}_pid`, '#{client_pid}'),
    // Its keys are its own, whatever is joined to its window.
    setOwn('-p', 'synchronize-panes', 'off'),
    set('silence-action', 'current'),
    // A session's hook takes the place of the one that people may have for all sessions.
    hook('alert-silence', `${recount} ; ${ifAttached(speakOrEnd, killClient)}`),
    // A window of its own is what speaks: without it nothing would look any more.
    hook('window-unlinked', formatCommand(['if-shell', '-F', '-t', target, isForsaken, end])),
    setOwn('-w', 'monitor-silence', String(lookEverySeconds)),
  ]
  return [
    set(mark, '1'),
    set('-F', `${mark}_client`, '#{client_name}'),
    set('-F', `${mark}_pane`, ofAnchorPane('#{pane_id}')),
    set('destroy-unattached', 'off'),
    set('detach-on-destroy', 'on'),
    hook('client-detached', ifAttached('', end)),
    hook('client-session-changed', formatCommand(['if-shell', '-F', '-t', target, isForeign, sendOn])),
    ...['activity-action', 'bell-action'].map((alert) => set(alert, 'none')),
    ...(endsWithUs ? [set('silence-action', 'none')] : look),
  ]
}

export interface AnchorOptions {
  readonly name: string
  readonly endsWithUs: boolean
}
