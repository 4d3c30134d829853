import { expect, it } from 'vitest'
import { wordingOfPermission } from './wording-of-permission.ts'

const asked = {
  agent: 'developer',
  request: '7-1',
  tool: 'Bash',
  subject: 'make\n\u001b[2Jall',
  isPartial: false,
  note: null,
  since: new Date().toISOString(),
}

it('a request stands in one line, with why a person is asked although a rule decides', () => {
  expect(wordingOfPermission(asked)).toMatch(/^waits for permission since .*: Bash: make \S*all$/)
  const note = 'the rule Bash(make *) allows it,\nbut the answer was not taken: copy-mode'
  const worded = wordingOfPermission({ ...asked, note })
  expect(worded).toMatch(/all; the rule Bash\(make \*\) allows it, but the answer was not taken: copy-mode$/)
  expect(worded).not.toContain('\u001b')
})
