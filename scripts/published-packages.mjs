import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { root } from './say.mjs'

/**
 * @typedef {object} Manifest what we read of a package.json
 * @property {string} name
 * @property {string} version
 * @property {boolean} [private]
 * @property {readonly string[]} [files]
 * @property {Record<string, string | Record<string, string>>} exports
 * @property {Record<string, string>} [bin]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 *
 * @typedef {{ name: string, directory: string, manifest: Manifest }} Published
 */

/**
 * Every package of the workspace that is published: libraries first, then apps.
 *
 * @param {string} [directory] the root of the workspace
 * @returns {Published[]}
 */
export function listPublished(directory = root) {
  return ['packages', 'apps']
    .flatMap((folder) =>
      readdirSync(`${directory}/${folder}`).map((name) => `${directory}/${folder}/${name}`),
    )
    .filter((path) => existsSync(`${path}/package.json`))
    .map((path) => ({ directory: path, manifest: readManifest(`${path}/package.json`) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ directory: path, manifest }) => ({ name: manifest.name, directory: path, manifest }))
}

/** @param {string} file @returns {Manifest} */
export function readManifest(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
