import type { ScreenRuleSource } from '../screen-rules.ts'

/**
 * Marks of a question that takes keys as answers, from the screens of several programs. Too many are better than too
 * few: a wrong hit refuses a message, a miss approves something in a human's name.
 */
export const commonDialogs: readonly ScreenRuleSource[] = [
  { id: 'run-command', where: 'tail', match: 'Would you like to (run|make)', says: 'permission' },
  { id: 'do-you-want', where: 'tail', match: 'Do you want to ', says: 'permission' },
  { id: 'would-you-like', where: 'tail', match: 'Would you like to ', says: 'question' },
  { id: 'allow-execution', where: 'tail', match: 'Allow execution of', says: 'permission' },
  { id: 'permission-required', where: 'tail', match: 'Permission required', says: 'permission' },
  { id: 'allow-once', where: 'tail', match: 'Allow once( Allow always)?', says: 'permission' },
  { id: 'enter-to-confirm', where: 'tail', match: 'Enter to (confirm|select|continue)', says: 'question' },
  { id: 'enter-esc', where: 'tail', match: 'enter/esc confirm', says: 'question' },
  { id: 'numbered-choice', where: 'tail', match: '^[❯›●▶>] \\d+\\. \\S', says: 'question' },
  { id: 'yes-or-no-choice', where: 'tail', match: '^❯ (Yes|No)\\b', says: 'question' },
  { id: 'esc-to-cancel', where: 'tail', match: 'Esc to cancel · ', says: 'question' },
  {
    id: 'yes-or-no',
    where: 'last',
    match: '(\\[(y/n|yes/no)\\]|\\((y/n|yes/no)[^)]*\\)) ?[?:]?$',
    says: 'question',
  },
  {
    id: 'secret',
    where: 'last',
    match: '(password|passphrase|username|passcode).{0,60}:$',
    says: 'question',
  },
]
