import { readFileSync } from 'node:fs'
import { emitDeclarations } from './emit-declarations.mjs'

/**
 * The one tsup configuration of this repository; a package names only its entries. Declarations are written for what its package.json
 * exports with `types`, each from the source of the same name.
 *
 * @param {Record<string, string>} entry output name to source file
 * @param {Partial<Omit<import('tsup').Options, 'onSuccess'>> & { onSuccess?: () => Promise<void> }} [options]
 * @returns {import('tsup').Options}
 */
export function preset(entry, options = {}) {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  return {
    entry,
    format: ['esm'],
    target: 'node20.19',
    platform: 'node',
    clean: true,
    splitting: true,
    sourcemap: false,
    silent: true,
    // tsup itself leaves out only what is needed
    external: Object.keys(manifest.optionalDependencies ?? {}),
    define: { __VERSION__: JSON.stringify(manifest.version) },
    ...options,
    dts: false,
    onSuccess: async () => {
      emitDeclarations('.', listTypedEntries(manifest))
      await options.onSuccess?.()
    },
  }
}

/** @param {{ exports?: Record<string, string | { types?: string }> }} manifest @returns {string[]} relative to `src` */
function listTypedEntries({ exports = {} }) {
  return Object.values(exports).flatMap((target) =>
    typeof target === 'string' || target.types === undefined
      ? []
      : [target.types.replace(/^\.\/dist\//, '').replace(/\.d\.ts$/, '.ts')],
  )
}
