import type { ScreenRulesSource } from '../screen-rules.ts'
import { commonDialogs } from './common.ts'

/** Claude Code: the prompt box stands between two rules, dialogs replace it. */
export const claudeRules: ScreenRulesSource = {
  program: 'claude',
  version: '2026-11-25',
  tested: { from: '2.1.197', below: '2.2.0' },
  box: {
    above: '^─{10,}',
    below: '^─{10,}',
    first: '^❯(\\s|$)',
    more: '^(\\s{2}|$)',
  },
  sent: '^❯ \\S',
  block: '^\\s{0,2}[●⎿✻✶✳✢✽·]',
  rules: [
    { id: 'selected-option', where: 'below', match: '^❯ \\S', says: 'question' },
    { id: 'interruptible', where: 'below', match: '\\besc to interrupt', says: 'working' },
    { id: 'limit-banner', where: 'below', match: '^⚠ .*limit reached', says: 'limited' },
    { id: 'effort', where: 'turn', match: '^[◐◑◒◓○●◌◍] \\w+ · /effort$', says: 'noise' },
    { id: 'continues', where: 'turn', match: '^● Usage limit reached · ', says: 'limited', hue: 'grey' },
    {
      id: 'plan-limit',
      where: 'turn',
      match: "^(⎿ )?(You've hit your .*limit|(Claude |Weekly |Session )?(AI )?(usage )?limit reached\\b)",
      says: 'limited',
      hue: 'warm',
    },
    { id: 'api-error', where: 'turn', match: '^● (API Error|Unable to connect)', says: 'error', hue: 'warm' },
    { id: 'refused', where: 'turn', match: '^⎿ (?!Error:|Interrupted)\\S', says: 'error', hue: 'warm' },
    { id: 'trust', where: 'tail', match: '^(Quick safety check|Accessing workspace)', says: 'start' },
    { id: 'bypass', where: 'tail', match: 'running in Bypass Permissions mode', says: 'start' },
    { id: 'api-key', where: 'tail', match: 'Detected a custom API key', says: 'start' },
    { id: 'login', where: 'tail', match: 'Select login method|Paste code here', says: 'start' },
    { id: 'theme', where: 'tail', match: 'Choose the text style', says: 'start' },
    { id: 'limit-options', where: 'tail', match: '^What do you want to do\\?', says: 'question' },
    { id: 'select', where: 'tail', match: 'Enter to select · ', says: 'question' },
    ...commonDialogs,
  ],
}
