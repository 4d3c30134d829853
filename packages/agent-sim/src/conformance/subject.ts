import type { Prompt } from '../prompt-rules.ts'

/** An agent that the orchestrator under test has to start in a terminal of its own, as it is. */
export interface AgentLaunch {
  /** No shell word: an argv. */
  readonly argv: readonly string[]
  /** To add to the terminal's environment. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Where the agent keeps what `readSimSession` and `parseConversation` read. */
  readonly home: string
  readonly sessionId: string
  /** Whose prompt box it has. */
  readonly prompt: Prompt
}

/** A message that can be found again at the agent. */
export interface TokenMessage {
  /** A word that occurs in the text and nowhere else. What is delivered has to contain it. */
  readonly token: string
  readonly text: string
}

/** What the orchestrator claims of a message. */
export interface ClaimedDelivery {
  readonly status: 'submitted' | 'refused' | 'unknown'
  readonly detail?: string
}

/** What an orchestrator may claim of an agent. */
export type ClaimedState = 'starting' | 'idle' | 'working' | 'asking' | 'limited' | 'exited' | 'unknown'

/** An orchestrator under test: how it starts an agent, delivers to it and reads what it does. */
export interface ConformanceSubject<Agent> {
  readonly name: string
  start(launch: AgentLaunch): Promise<Agent>
  /** Once. Whether it tries again after a refusal is for the suite to say. */
  deliver(agent: Agent, message: TokenMessage): Promise<ClaimedDelivery>
  /** Has the message arrived? Asked after `unknown`; without it nothing is delivered again after that. */
  ask?(agent: Agent, token: string): Promise<'present' | 'absent' | 'unknown'>
  /** Without it the reading of states is not judged. */
  readState?(agent: Agent): Promise<ClaimedState>
  /** Ends the agent and its terminal. */
  stop(agent: Agent): Promise<void>
}
