import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { AgentSecret } from './command-map.ts'

/** A secret of 256 bits; only its hash is compared. */
export function createSecret(name: string): AgentSecret {
  const token = randomBytes(32).toString('hex')
  return {
    name,
    token,
    tokenHash: hashToken(token),
    conversationId: randomUUID(),
    briefToken: createBriefToken(),
  }
}

export function createBriefToken(): string {
  return `tmo-b-${randomBytes(6).toString('hex')}`
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
