import type { ScreenRuleSource, ScreenRulesSource } from '../screen-rules.ts'
import { commonDialogs } from './common.ts'

/** `tmo-agent-sim`: a framed box whose first line begins with `>`, a status line below. */
export const simRules: ScreenRulesSource = {
  program: 'sim',
  version: '2026-11-25',
  tested: { from: '0.0.0', below: '9999.0.0' },
  box: { above: '^╭─+╮$', below: '^╰─+╯$', first: '^│ >', more: '^│', right: '│$' },
  rules: [
    { id: 'interruptible', where: 'below', match: 'esc to interrupt', says: 'working' },
    ...commonDialogs,
    ...commonDialogs.map((rule): ScreenRuleSource => ({ ...rule, id: `below-${rule.id}`, where: 'below' })),
  ],
}
