import { describe, expect, it } from 'vitest'
import { errorOfStatus, errorOfText } from './error-kind.ts'

describe('errorOfText', () => {
  it.each([
    ['Credit balance too low · Add funds', 'credit'],
    ['Quota exceeded. Check your plan and billing details.', 'credit'],
    ['{"error":{"message":"Your credit balance is too low","type":"invalid_request_error"}}', 'credit'],
    ['Prompt is too long · the request is ~210000 tokens (limit 200000)', 'context-full'],
    ['Context limit reached · /compact or /clear to continue', 'context-full'],
    ['We’re currently experiencing high demand, which may cause temporary errors.', 'overloaded'],
    ['API Error: 529 Overloaded', 'overloaded'],
    ['unexpected status 401 Unauthorized: invalid x-api-key, url: http://127.0.0.1:8787', 'authentication'],
    ['Invalid API key · Fix external API key', 'authentication'],
    ['exceeded retry limit, last status: 429 Too Many Requests', 'rate-limit'],
    ['stream disconnected before completion: Transport error: network error', 'network'],
    ['API Error: 500 Internal server error.', 'server'],
    ['API Error: 400 messages.1: bad thing', 'invalid-request'],
    ['something else', 'unknown'],
  ])('of %j is %s', (text, kind) => {
    expect(errorOfText(text)).toBe(kind)
  })
})

describe('errorOfStatus', () => {
  it.each([
    [400, 'invalid-request'],
    [401, 'authentication'],
    [402, 'credit'],
    [403, 'authentication'],
    [413, 'context-full'],
    [429, 'rate-limit'],
    [500, 'server'],
    [529, 'overloaded'],
    [200, 'unknown'],
  ])('of %i is %s', (status, kind) => {
    expect(errorOfStatus(status)).toBe(kind)
  })
})
