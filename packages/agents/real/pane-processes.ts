import { execFileSync } from 'node:child_process'

/** A process that has not ended. */
export interface Running {
  readonly pid: number
  readonly command: string
}

/** What runs in a pane, however deep: all of it is in the group of the pane's first process, whether that has ended or not. */
export function runningIn(group: number): readonly Running[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat=,args=']).toString()
  return table.split('\n').flatMap((line) => {
    const [, pid, ofGroup, state = '', command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
    const isIn = Number(ofGroup) === group && !state.startsWith('Z')
    return isIn ? [{ pid: Number(pid), command }] : []
  })
}
