import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

it('what runs before the packages of a fresh clone are there imports none of them', () => {
  const scripts = readdirSync(import.meta.dirname).filter((name) => /^release.*\.mjs$/.test(name))
  expect(scripts).toContain('release.mjs')
  for (const name of scripts) {
    const text = readFileSync(`${import.meta.dirname}/${name}`, 'utf8')
    const imported = [...text.matchAll(/^import .* from '([^']+)'/gm)].map(([, from]) => from)
    expect(
      imported.filter((from) => !/^(node:|\.)/.test(from ?? '')),
      name,
    ).toEqual([])
  }
})
