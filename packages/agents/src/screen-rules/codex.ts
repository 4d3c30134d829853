import type { ScreenRulesSource } from '../screen-rules.ts'
import { commonDialogs } from './common.ts'

/** Codex: the box is open, under the last mark, over two lines of status. A turn that ended well says how long it took. */
export const codexRules: ScreenRulesSource = {
  program: 'codex',
  version: '2026-11-25',
  tested: { from: '0.169.0', below: '0.170.0' },
  box: {
    first: '^›(?! \\d+\\. )(\\s|$)',
    more: '^(\\s{2}|$)',
    footer: '^ {2}\\S.* · [~/]',
  },
  sent: '^› \\S',
  block: '^[■•◦✔✗⚠›]|^ {2}Worked for ',
  rules: [
    { id: 'selected-option', where: 'below', match: '^› \\S', says: 'question' },
    { id: 'interrupted', where: 'turn', match: '^■ Conversation interrupted', says: 'idle' },
    {
      id: 'plan-limit',
      where: 'turn',
      match: '^■ You.ve hit your usage limit',
      says: 'limited',
      hue: 'warm',
    },
    { id: 'failed', where: 'turn', match: '^■ \\S', says: 'error', hue: 'warm' },
    { id: 'answering', where: 'turn', match: '^[•◦] \\S', says: 'working' },
    { id: 'sent', where: 'turn', match: '^› \\S', says: 'working' },
    { id: 'sign-in', where: 'tail', match: 'Sign in with ChatGPT|Welcome to Codex', says: 'start' },
    {
      id: 'trust',
      where: 'tail',
      match: 'Trust this folder\\?|^Folder access$|Do you trust the contents',
      says: 'start',
    },
    { id: 'hooks-review', where: 'tail', match: 'Hooks? needs? review', says: 'start' },
    { id: 'new-model', where: 'tail', match: 'Try new model|Use existing model', says: 'start' },
    { id: 'update', where: 'tail', match: 'Update available', says: 'start' },
    ...commonDialogs,
  ],
}
