import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { isScopeSafer, readScopeFacts } from './choose-scope.ts'

const login = '0::/user.slice/user-1000.slice/session-3.scope\n'
const desktop = '0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-terminal-7.scope\n'

it('takes a scope for a user who lingers, and for a caller that the user’s systemd holds', () => {
  expect(isScopeSafer({ cgroups: login, isLingering: true })).toBe(true)
  expect(isScopeSafer({ cgroups: desktop, isLingering: false })).toBe(true)
  expect(isScopeSafer({ cgroups: '0::/user@1000.service', isLingering: false })).toBe(true)
})

it('leaves a daemon where a login began it: the scope would end with the last login', () => {
  expect(isScopeSafer({ cgroups: login, isLingering: false })).toBe(false)
  expect(isScopeSafer({ cgroups: undefined, isLingering: false })).toBe(false)
})

it('looks at the groups that systemd keeps, on old and hybrid machines too', () => {
  const elsewhere = '4:memory:/user@1000.service\n'
  expect(isScopeSafer({ cgroups: `${elsewhere}0::/session-3.scope\n`, isLingering: false })).toBe(false)
  const old = `${elsewhere}1:name=systemd:/user.slice/user-1000.slice/user@1000.service/x.service\n`
  expect(isScopeSafer({ cgroups: old, isLingering: false })).toBe(true)
})

it('knows who lingers from the file that logind keeps', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-linger-'))
  try {
    expect(readScopeFacts('ada', folder).isLingering).toBe(false)
    writeFileSync(join(folder, 'ada'), '')
    expect(readScopeFacts('ada', folder).isLingering).toBe(true)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
