import { readFileSync } from 'node:fs'

/**
 * The one tsup configuration of this repository; a package names only its entries.
 *
 * @param {Record<string, string>} entry output name to source file
 * @param {Partial<import('tsup').Options>} [options]
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
    dts: manifest.exports ? { compilerOptions: { ignoreDeprecations: '6.0' } } : false,
    define: { __VERSION__: JSON.stringify(manifest.version) },
    ...options,
  }
}
