import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const rounds = 15

/**
 * Each library as npm installs it from its tarball, in a folder of its own: what lies there afterwards, how many packages of others are
 * among it, and how much more of the processor a Node process takes that imports it: elapsed time tells more of a busy machine.
 */
export function installed() {
  const folder = mkdtempSync(join(tmpdir(), 'tmo-installed-'))
  try {
    const tarballs = pack(folder)
    return Object.keys(tarballs).flatMap((name) => measure(join(folder, 'of', name), name, tarballs))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Every library as it would be published, by name. */
function pack(folder) {
  const packed = readdirSync(join(root, 'packages')).map((short) => {
    const directory = join(root, 'packages', short)
    const { name } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    const answer = run(
      join(root, 'node_modules/.bin/pnpm'),
      ['pack', '--json', '--pack-destination', folder],
      {
        cwd: directory,
      },
    )
    return [name, JSON.parse(answer).filename]
  })
  return Object.fromEntries(packed)
}

function measure(place, name, tarballs) {
  mkdirSync(place, { recursive: true })
  // npm takes the tarballs wherever a library of ours is asked for
  const { [name]: own, ...overrides } = Object.fromEntries(
    Object.entries(tarballs).map(([each, file]) => [each, `file:${file}`]),
  )
  const manifest = { private: true, type: 'module', dependencies: { [name]: own }, overrides }
  writeFileSync(join(place, 'package.json'), JSON.stringify(manifest))
  run('npm', ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: place })
  placeAddon(place)
  const lock = JSON.parse(readFileSync(join(place, 'node_modules/.package-lock.json'), 'utf8'))
  const others = Object.keys(lock.packages).filter((path) => !path.includes('@tmux-orchestrator/'))
  const importing = []
  const empty = []
  for (let round = -2; round < rounds; round += 1) {
    const without = processorMs(place, '')
    const withIt = processorMs(place, `import ${JSON.stringify(name)};`)
    if (round < 0) continue
    importing.push(withIt)
    empty.push(without)
  }
  const short = name.replace(/^.*\//, '')
  const figure = (figureName, value, unit, more) => ({
    ...{ package: short, name: figureName, value: Math.round(value * 100) / 100, unit },
    ...{ target: null, ok: null, samples: 1, spread: 0, ...more },
  })
  return [
    figure('import_ms', median(importing) - median(empty), 'ms', {
      samples: rounds,
      spread:
        Math.round(((quantile(importing, 0.9) - quantile(importing, 0.1)) / median(importing)) * 100) / 100,
    }),
    figure('install_mb', sizeOf(join(place, 'node_modules')) / 1e6, 'MB'),
    figure('dependencies', others.length, 'packages'),
  ]
}

/** What better-sqlite3's install script would make, or fetch. */
function placeAddon(place) {
  const file = 'better-sqlite3/build/Release/better_sqlite3.node'
  const modules = join(place, 'node_modules')
  if (!existsSync(join(modules, 'better-sqlite3'))) return
  mkdirSync(join(modules, 'better-sqlite3/build/Release'), { recursive: true })
  copyFileSync(join(root, 'packages/scheduler-db/node_modules', file), join(modules, file))
}

function sizeOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

function processorMs(cwd, code) {
  const tell = 'const { user, system } = process.cpuUsage(); console.log((user + system) / 1000)'
  return Number(run(process.execPath, ['--input-type=module', '-e', code + tell], { cwd }))
}

function run(program, argv, options) {
  const { status, stdout, stderr } = spawnSync(program, argv, { ...options, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')} ended with ${status}: ${stdout}${stderr}`)
  return stdout
}

function median(values) {
  return quantile(values, 0.5)
}

function quantile(values, ratio) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * ratio)]
}
