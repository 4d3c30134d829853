import type { RecordLine, SimStatus } from '../formats.ts'
import type { Finding } from './report.ts'
import type { ClaimedState } from './subject.ts'

export interface StateSample {
  readonly askedAt: number
  readonly answeredAt: number
  readonly claimed: ClaimedState
}

/** Idle may be told so long after it has ended: nobody must act upon it later. */
const idleSlackMs = 500
/** Any other state may be told so long after another has begun: who reads states takes looks, not a stream. */
const slackMs = 1_500

const names: Readonly<Record<SimStatus, ClaimedState>> = {
  starting: 'starting',
  idle: 'idle',
  busy: 'working',
  waiting: 'asking',
  limited: 'limited',
}

interface Span {
  readonly state: ClaimedState
  readonly from: number
  readonly to: number
}

/** States that were claimed and were not so at any time shortly before. */
export function judgeStates(
  record: readonly RecordLine[],
  samples: readonly StateSample[],
): readonly Finding[] {
  const spans = spansOf(record)
  const wrong = samples.filter((sample) => isWrong(sample, spans))
  const [first] = wrong.filter(({ claimed }) => claimed === 'idle')
  const [other] = wrong.filter(({ claimed }) => claimed !== 'idle')
  return [
    ...(first ? [{ kind: 'false-idle' as const, detail: describe(first, spans) }] : []),
    ...(other ? [{ kind: 'false-state' as const, detail: describe(other, spans) }] : []),
  ]
}

function isWrong({ askedAt, answeredAt, claimed }: StateSample, spans: readonly Span[]): boolean {
  const now = spans.findLast(({ from }) => from <= answeredAt)
  if (claimed === 'unknown' || now === undefined) return false
  if (claimed !== 'idle' && answeredAt - now.from < slackMs) return false
  const slack = claimed === 'idle' ? idleSlackMs : slackMs
  const around = spans.filter(({ from, to }) => from <= answeredAt && to >= askedAt - slack)
  return !around.some(({ state }) => state === claimed)
}

function spansOf(record: readonly RecordLine[]): readonly Span[] {
  const begun = record.flatMap((line): { state: ClaimedState; from: number }[] => {
    if (line.type === 'status') return [{ state: names[line.status], from: line.at }]
    return line.type === 'fault' && line.fault === 'crash' ? [{ state: 'exited', from: line.at }] : []
  })
  return begun.map(({ state, from }, index) => ({
    state,
    from,
    to: begun[index + 1]?.from ?? Number.POSITIVE_INFINITY,
  }))
}

function describe({ claimed, answeredAt }: StateSample, spans: readonly Span[]): string {
  const now = spans.findLast(({ from }) => from <= answeredAt)
  return `read as ${claimed} while it was ${now?.state}, for ${answeredAt - (now?.from ?? answeredAt)} ms`
}
