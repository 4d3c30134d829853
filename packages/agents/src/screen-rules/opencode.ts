import type { ScreenRulesSource } from '../screen-rules.ts'
import { commonDialogs } from './common.ts'

/** opencode: everything hangs on bars; the lowest bar is the box, whose last line names agent and model. */
export const opencodeRules: ScreenRulesSource = {
  program: 'opencode',
  version: '2026-11-25',
  tested: { from: '1.18.33', below: '1.19.0' },
  box: {
    below: '^\\s*(╹▀{5,}|▀{5,}$)',
    first: '^\\s*┃\\s*',
    more: '^\\s*┃\\s*',
    ownLastLine: true,
    painted: true,
    placeholder: ['^Ask anything…', '^Run a command…'],
  },
  block: '^\\s*▣',
  rules: [
    { id: 'progress', where: 'below', match: '[■⬝]{6,}|\\besc interrupt|\\[retrying in ', says: 'working' },
    { id: 'done', where: 'turn', match: '^▣ ', says: 'noise' },
    { id: 'failed', where: 'turn', match: '\\S', says: 'error', hue: 'warm' },
    ...commonDialogs,
  ],
}
