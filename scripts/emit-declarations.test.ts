import { expect, it } from 'vitest'
import { declarationsOf } from './emit-declarations.mjs'

it('declarations keep comments, name built files, and say what else they need', () => {
  const { text, imports } = declarationsOf(
    'deep/a.ts',
    `import type { B } from '../b.ts'
import { helper } from './unused.ts'
export { c } from "./c.ts"
/** What you get. */
export function a(b: B): Promise<import('./d.ts').D> { return helper(b) }
`,
  )
  expect(text).toContain(`import type { B } from '../b.js'`)
  expect(text).toContain(`export { c } from "./c.js"`)
  expect(text).toContain(
    "/** What you get. */\nexport declare function a(b: B): Promise<import('./d.js').D>;",
  )
  expect(imports).toEqual(expect.arrayContaining(['b.ts', 'deep/c.ts', 'deep/d.ts']))
})

it('an export without a type of its own fails the build', () => {
  expect(() => declarationsOf('a.ts', 'export const x = compute()')).toThrow('src/a.ts: ')
})

it('a method that a symbol calls is declared once', () => {
  const { text } = declarationsOf(
    'a.ts',
    'export class Handle {\n  async close(): Promise<void> {}\n  async [Symbol.asyncDispose](): Promise<void> { await this.close() }\n}\n',
  )
  expect(text.match(/\[Symbol\.asyncDispose\]/g)).toHaveLength(1)
  expect(text).toContain('[Symbol.asyncDispose](): Promise<void>;')
})
