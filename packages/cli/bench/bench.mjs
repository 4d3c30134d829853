import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installed } from './installed.mjs'

const tmo = fileURLToPath(new URL('../../../apps/tmo/bin/tmo.js', import.meta.url))
const rounds = 60

/** `report_vs_node` is the daemon's. */
export const also = ['daemon/verbs']

/** What it costs to ask for help, and what each library costs who installs and imports it. Needs a build, and npm. */
export async function bench() {
  return [...help(), ...installed()]
}

/** `tmo --help` beside an empty Node process, in turn, so that both see the same machine. */
function help() {
  const helps = []
  const empties = []
  for (let round = -3; round < rounds; round += 1) {
    const empty = time(['-e', '0'])
    const answer = time([tmo, '--help'])
    if (round < 0) continue
    helps.push(answer)
    empties.push(empty)
  }
  const ratio = median(helps) / median(empties)
  const samples = { samples: rounds, spread: spread(helps) }
  return [
    { name: 'help_vs_node', value: round2(ratio), unit: 'ratio', target: 3, ok: ratio <= 3, ...samples },
    { name: 'help_ms', value: round2(median(helps)), unit: 'ms', target: null, ok: null, ...samples },
  ]
}

function time(argv) {
  const begin = performance.now()
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  const ms = performance.now() - begin
  if (status !== 0) throw new Error(`node ${argv.join(' ')} ended with ${status}: ${stderr}`)
  return ms
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/** The distance between the 10th and the 90th percentile, as a share of the median. */
function spread(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (ratio) => sorted[Math.floor((sorted.length - 1) * ratio)]
  return round2((at(0.9) - at(0.1)) / median(values))
}

function round2(value) {
  return Math.round(value * 100) / 100
}
