import type { ScreenRulesSource } from '../screen-rules.ts'
import { commonDialogs } from './common.ts'

/** Any program: a question is seen as one, all else is unknown. */
export const commandRules: ScreenRulesSource = {
  program: 'command',
  version: '2026-11-25',
  tested: { from: '0.0.0', below: '9999.0.0' },
  rules: commonDialogs,
}
