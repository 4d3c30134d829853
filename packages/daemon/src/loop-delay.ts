import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How late timers fire, sampled five times a second so that watching costs nothing. */
export interface LoopDelay {
  read(): { p50: number; p99: number }
  stop(): void
}

const resolutionMs = 200

export function startLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  // A sample is the time between two firings, the interval itself included.
  const late = (percentile: number): number => {
    const ms = histogram.percentile(percentile) / 1e6 - resolutionMs
    return Math.max(0, Math.round(ms * 100) / 100)
  }
  return { read: () => ({ p50: late(50), p99: late(99) }), stop: () => void histogram.disable() }
}
