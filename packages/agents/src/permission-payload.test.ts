import { describe, expect, it } from 'vitest'
import { parsePermission } from './permission-payload.ts'

const subject = (tool_name: string, tool_input: unknown, cwd = '/w/dev') =>
  parsePermission(JSON.stringify({ tool_name, tool_input, cwd }), { id: '1-1', askedAt: 1 })?.subject

describe('what is asked', () => {
  it('of a file is its path from the agent’s folder, whatever detour it takes', () => {
    expect(subject('Write', { file_path: '/w/dev/src/a.ts', content: 'x' })).toBe('src/a.ts')
    expect(subject('Write', { file_path: 'src/../../lead/a.ts' })).toBe('/w/lead/a.ts')
    expect(subject('Write', { file_path: '/w/developer/a.ts' })).toBe('/w/developer/a.ts')
    expect(subject('NotebookEdit', { notebook_path: '/etc/x' })).toBe('/etc/x')
    expect(subject('Write', { file_path: '..hidden/a' })).toBe('/w/dev/..hidden/a')
  })

  it('of anything else is its address or its whole input', () => {
    expect(subject('WebFetch', { url: 'https://example.org/a', prompt: 'read' })).toBe(
      'https://example.org/a',
    )
    expect(subject('mcp__shop__buy', { item: 1 })).toBe('{"item":1}')
    expect(subject('Bash', { command: ['rm', '-rf', '/'] })).toBe('{"command":["rm","-rf","/"]}')
  })
})
