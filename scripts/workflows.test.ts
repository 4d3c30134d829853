import { accessSync, constants, readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { root } from './say.mjs'
import { checkWorkflow } from './workflows.mjs'

const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'))
const isProgram = (path: string): boolean => {
  try {
    accessSync(`${root}/${path}`, constants.X_OK)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
const check = (steps: string): readonly string[] =>
  checkWorkflow(`jobs: { one: { steps: [${steps}] } }`, { scripts, isProgram })

const files = readdirSync(`${root}/.github/workflows`)

it.each(files)('%s runs what is there, on any machine', (file) => {
  const text = readFileSync(`${root}/.github/workflows/${file}`, 'utf8')
  expect(checkWorkflow(text, { scripts, isProgram })).toEqual([])
})

it.each([
  ['{ run: npm run relase }', 'names no script'],
  ['{ run: npm install }', 'names no script'],
  ['{ run: .ci/gone }', 'is neither a script nor a program'],
  ['{ uses: changesets/action@v1, with: { publish: npm run publish } }', '"npm run publish" names no script'],
  ['{ run: npm test, working-directory: /home/somebody }', 'names /home/somebody'],
  ['{ run: npm test, env: { npm_config_registry: "http://10.0.0.1/" } }', 'names http://10.0.0.1/'],
])('%s is found', (steps, problem) => {
  expect(check(steps).join('\n')).toContain(problem)
})

it('what is there is not', () => {
  expect(check('{ run: npm test }, { run: npm run release -- --dry-run }, { run: .ci/provision }')).toEqual(
    [],
  )
})
