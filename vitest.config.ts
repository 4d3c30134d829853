import { readdirSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

/** Packages resolve to their sources in tests, so that a test never runs against an old build. */
const alias = readdirSync(new URL('./packages', import.meta.url)).flatMap((name) => [
  {
    find: new RegExp(`^@tmux-orchestrator/${name}$`),
    replacement: new URL(`./packages/${name}/src/index.ts`, import.meta.url).pathname,
  },
  {
    find: new RegExp(`^@tmux-orchestrator/${name}/(.+)$`),
    replacement: `${new URL(`./packages/${name}/src/`, import.meta.url).pathname}$1.ts`,
  },
])

const project = (name: string, include: string[], timeout: number, extra: object = {}) => ({
  resolve: { alias },
  define: { __VERSION__: '"0.0.0-test"' },
  test: {
    name,
    include,
    testTimeout: timeout,
    hookTimeout: timeout,
    maxWorkers: 2,
    globalSetup: ['scripts/test-guard.ts'],
    ...extra,
  },
})

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['packages/*/src/**', 'apps/*/src/**'], reporter: ['text-summary'] },
    projects: [
      project(
        'quick',
        ['{packages,apps}/*/src/**/*.test.ts', '{packages,apps}/*/test/*.unit.test.ts', 'scripts/*.test.ts'],
        30_000,
        // Files share a process and what it has loaded: more than half of the time went into loading the same again.
        { isolate: false },
      ),
      project(
        'integration',
        [
          '{packages,apps}/*/test/*.{integration,anomaly,contract}.test.ts',
          '{packages,apps}/*/test/readme.test.ts',
        ],
        300_000,
        { isolate: false, maxWorkers: 3 },
      ),
      project('e2e', ['apps/*/e2e/*.test.ts'], 600_000, { isolate: false, maxWorkers: 3 }),
      // Two programs that start at once take the whole machine, and a slice has to be sure.
      project('agents', ['{packages,apps}/*/real/*.test.ts'], 600_000, {
        maxWorkers: process.env['TMO_SLICE'] === undefined ? 2 : 1,
      }),
      project('slow', ['{packages,apps}/*/slow/*.test.ts', 'scripts/slow/*.test.ts'], 1_800_000, {
        maxWorkers: 1,
      }),
    ],
  },
})
