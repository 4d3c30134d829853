import { setTimeout as sleep } from 'node:timers/promises'
import type { Message } from '../src/index.ts'
import type { Agent } from './agent.ts'
import type { watchedIo } from './watched-io.ts'

/** What is asked of a queue: again when it was refused, and, when nobody could tell, asked for and sent again. */
export async function deliverAtLast(
  agent: Agent,
  message: Message,
  options: { readonly io: ReturnType<typeof watchedIo>; readonly timeoutMs: number },
): Promise<readonly string[]> {
  const outcomes: string[] = []
  const end = performance.now() + 60_000
  while (outcomes.at(-1) !== 'submitted' && performance.now() < end) {
    const delivery = await agent.deliver(message, { tmux: options.io, timeoutMs: options.timeoutMs })
    outcomes.push(delivery.status)
    await sleep(20)
  }
  return outcomes
}

/** What became of a message, by and by. */
export function pathOf(outcomes: readonly string[]): string {
  return outcomes.filter((status, index) => status !== outcomes[index - 1]).join(' → ')
}
