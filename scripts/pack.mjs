import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { root } from './say.mjs'

const run = promisify(execFile)

/**
 * Packs a package as `pnpm publish` does, hands the tarball to `body`, and removes it.
 *
 * @template T
 * @param {string} directory of the package
 * @param {(packed: { tarball: string, bytes: number, room: string }) => Promise<T>} body `room`: a folder that goes with the tarball
 * @returns {Promise<T>}
 */
export async function withTarball(directory, body) {
  const room = mkdtempSync(`${tmpdir()}/tmo-pack-`)
  try {
    mkdirSync(`${room}/packed`)
    await run(`${root}/node_modules/.bin/pnpm`, ['pack', '--pack-destination', `${room}/packed`], {
      cwd: directory,
    })
    const tarball = `${room}/packed/${readdirSync(`${room}/packed`)[0]}`
    return await body({ tarball, bytes: statSync(tarball).size, room })
  } finally {
    rmSync(room, { recursive: true, force: true })
  }
}
