import type { ScreenRulesSource } from '../screen-rules.ts'
import { commonDialogs } from './common.ts'

/**
 * Gemini CLI: the box stands between half blocks, over a table of the workspace; sent messages are drawn as it is. Its
 * mark is `*` where everything is allowed, and `!` where a line goes to a shell, which is no prompt box.
 */
export const geminiRules: ScreenRulesSource = {
  program: 'gemini',
  version: '2026-11-25',
  tested: { from: '0.61.0', below: '0.62.0' },
  box: {
    above: '^▄{10,}',
    below: '^▀{10,}',
    first: '^ [>*](\\s|$)',
    more: '^(\\s|$)',
    footer: '^ (workspace|~|/)',
    placeholder: ['^Type your message or @path/to/file$'],
  },
  sent: '^ > \\S',
  block: '^[✕✦ℹ⚠✓╭]|^ [⠀-⣿]',
  rules: [
    { id: 'thinking', where: 'turn', match: '\\(esc to cancel\\b', says: 'working' },
    { id: 'spinner', where: 'turn', match: '^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] ', says: 'working', hue: 'cold' },
    { id: 'hints', where: 'turn', match: '^(?!.*esc to cancel).*\\? for shortcuts$', says: 'noise' },
    {
      id: 'mode',
      where: 'turn',
      match: '^(Shift\\+Tab to |YOLO|auto-accept|accepting edits|─+$|▄+$|▀+$)',
      says: 'noise',
    },
    { id: 'cancelled', where: 'turn', match: '^ℹ Request cancelled', says: 'idle' },
    {
      id: 'diagnostics',
      where: 'turn',
      match: '^(ℹ This request failed|full details\\.$|details\\.$)',
      says: 'noise',
    },
    { id: 'quota', where: 'turn', match: '^✕ .*(quota|usage limit).*reset', says: 'limited', hue: 'warm' },
    { id: 'failed', where: 'turn', match: '^✕ \\S', says: 'error', hue: 'warm' },
    {
      id: 'auth',
      where: 'tail',
      match: 'How would you like to authenticate|Enter Gemini API Key',
      says: 'start',
    },
    { id: 'trust', where: 'tail', match: 'Do you trust (this|the files in this) folder', says: 'start' },
    { id: 'waiting', where: 'tail', match: 'Waiting for (authentication|user confirmation)', says: 'start' },
    ...commonDialogs,
  ],
}
