import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os'
import { pathToFileURL } from 'node:url'
import { bootstrap } from './bootstrap.mjs'
import { root, runScript, SetupError, say } from './say.mjs'

/**
 * @typedef {{ name: string, value: number, unit: string, target: string | number | null, ok: boolean | null,
 *   samples: number, spread: number | readonly number[], package?: string }} Figure what `bench()` of a package answers, one per measurement
 */

/**
 * pnpm bench [PACKAGE[/PART]…] [--json]: runs bench/bench.mjs of the packages, or bench/PART.mjs; exit 1 when a figure misses its target.
 * A bench names in `also` those that are to run after it. A figure may say which package it is of.
 */
await runScript(async () => {
  const argv = process.argv.slice(2)
  const json = argv.includes('--json')
  const names = argv.filter((word) => !word.startsWith('-'))
  const benches = listBenches(names)
  Object.assign(process.env, await bootstrap())
  const figures = []
  for (const { name, file } of benches) {
    say(`measuring ${name} …`)
    /** @type {{ bench: () => Promise<readonly Figure[]>, also?: readonly string[] }} */
    const { bench, also = [] } = await import(pathToFileURL(file).href)
    const missing = also.filter((other) => benches.every((each) => each.name !== other))
    if (missing.length > 0) benches.push(...listBenches(missing))
    for (const figure of await bench())
      figures.push({
        package: name.replace(/\/.*$/, ''),
        ...figure,
        target: figure.target ?? null,
        ok: figure.ok ?? null,
      })
  }
  const answer = { schemaVersion: 1, machine: describeMachine(), figures }
  console.log(json ? JSON.stringify(answer) : formatFigures(answer))
  return figures.every(({ ok }) => ok !== false) ? 0 : 1
})

/** @param {readonly string[]} names */
function listBenches(names) {
  const all = ['packages', 'apps'].flatMap((folder) =>
    readdirSync(`${root}/${folder}`).map((name) => ({
      name,
      file: `${root}/${folder}/${name}/bench/bench.mjs`,
    })),
  )
  const parts = names
    .filter((name) => name.includes('/'))
    .flatMap((name) =>
      all
        .filter((one) => name.startsWith(`${one.name}/`))
        .map(({ file }) => ({ name, file: file.replace(/bench\.mjs$/, `${name.split('/')[1]}.mjs`) })),
    )
  const found = [...all, ...parts].filter(
    ({ name, file }) => existsSync(file) && (names.length === 0 || names.includes(name)),
  )
  const missing = names.find((name) => !found.some((bench) => bench.name === name))
  if (missing !== undefined) {
    const known = all.filter(({ file }) => existsSync(file)).map(({ name }) => name)
    throw new SetupError(
      `there is no bench for ${missing}`,
      `there is one for: ${known.join(', ') || 'no package'}`,
    )
  }
  return found
}

function describeMachine() {
  const version = (/** @type {string} */ program, /** @type {string} */ flag) =>
    execFileSync(program, [flag], { encoding: 'utf8' }).trim()
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    os: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    tmux: version('tmux', '-V'),
    git: version('git', '--version'),
    loadAverage1: loadavg()[0] ?? 0,
    at: new Date().toISOString(),
  }
}

/** @param {{ machine: ReturnType<typeof describeMachine>, figures: readonly (Figure & { package: string })[] }} answer */
function formatFigures({ machine, figures }) {
  const rows = figures.map(({ package: name, ...figure }) => [
    `${name}/${figure.name}`,
    `${figure.value} ${figure.unit}`,
    figure.target == null ? '' : `target ${figure.target}`,
    figure.ok == null ? '' : figure.ok ? 'ok' : 'MISSED',
    `${figure.samples} samples, spread ${Array.isArray(figure.spread) ? figure.spread.join(' to ') : figure.spread}`,
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.node}, ${machine.tmux}, ${machine.git}`,
    ...lines,
  ].join('\n')
}
