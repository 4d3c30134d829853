import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AgentHome, openAgentHome } from '../test/agent-home.ts'
import { ClaudeAdapter } from './claude.ts'
import { CodexAdapter } from './codex.ts'
import { GeminiAdapter } from './gemini.ts'
import { OpencodeAdapter } from './opencode.ts'

let home: AgentHome
beforeEach(() => {
  home = openAgentHome()
  home.install('claude', '2.1.330 (Claude Code)')
  home.install('codex', 'codex-cli 0.169.0')
  home.install('gemini', '0.61.0')
  home.install('opencode', '1.18.33')
})
afterEach(() => home[Symbol.dispose]())

const adapters = {
  claude: () => new ClaudeAdapter(home.env),
  codex: () => new CodexAdapter(home.env),
  gemini: () => new GeminiAdapter(home.env),
  opencode: () => new OpencodeAdapter(home.env),
} as const
const names = ['claude', 'codex', 'gemini', 'opencode'] as const
const file = (name: string): string => readFileSync(join(home.stateDir, name), 'utf8')
/** Commands of people that an agent has to ask a human for. */
const peoples = ['stop', 'accept', 'approve', 'clean', 'run', 'resume', 'daemon', 'credits']

describe('what a launch lets an agent say without a question', () => {
  it('is exactly the verbs and its commits, for Claude Code', async () => {
    await adapters.claude().prepare(home.request())
    expect(JSON.parse(file('claude-settings.json')).permissions.allow).toEqual([
      'Bash(tmo report:*)',
      'Bash(tmo send:*)',
      'Bash(tmo inbox:*)',
      'Bash(tmo task:*)',
      'Bash(tmo schedule:*)',
      'Bash(tmo agent list:*)',
      'Bash(git add:*)',
      'Bash(git commit:*)',
      'Bash(git status:*)',
      'mcp__tmo',
    ])
  })

  it('is the same for Gemini CLI, and for an opencode that asks', async () => {
    await adapters.gemini().prepare(home.request())
    const prefixes = [...file('gemini-policy.toml').matchAll(/commandPrefix = "(.*)"/g)].map(([, one]) => one)
    expect(prefixes).toEqual(expect.arrayContaining(['tmo report', 'tmo agent list', 'git commit']))
    const plan = await adapters.opencode().prepare(home.request({ permissionMode: 'ask' }))
    const { permission } = JSON.parse(plan.env['OPENCODE_CONFIG_CONTENT'] ?? '')
    expect(permission).toMatchObject({ 'tmo_*': 'allow', bash: { '*': 'ask', 'tmo inbox': 'allow' } })
    for (const command of peoples) {
      expect(prefixes.some((prefix) => `tmo ${command}`.startsWith(prefix ?? ''))).toBe(false)
      expect(Object.keys(permission.bash).some((rule) => rule.startsWith(`tmo ${command}`))).toBe(false)
    }
  })
})

describe('the server of the verbs', () => {
  const command = '/opt/tmo/bin/tmo'

  it('is started by each program, and its secret stands in no argument and no file', async () => {
    const request = home.request({ tmoBin: '/opt/tmo/bin' })
    const plans = { claude: '', codex: '', gemini: '', opencode: '' }
    for (const name of names) {
      const plan = await adapters[name]().prepare(request)
      plans[name] = plan.argv.join('\n')
      if (name === 'opencode') {
        expect(JSON.parse(plan.env['OPENCODE_CONFIG_CONTENT'] ?? '').mcp).toEqual({
          tmo: { type: 'local', command: [command, 'mcp'], enabled: true },
        })
      }
    }
    const started = { command, args: ['mcp'] }
    expect(JSON.parse(file('claude-mcp.json'))).toEqual({
      mcpServers: { tmo: { type: 'stdio', ...started } },
    })
    expect(plans.claude).toContain(`--mcp-config\n${join(home.stateDir, 'claude-mcp.json')}\n--`)
    expect(plans.codex).toContain(`mcp_servers.tmo.command="${command}"`)
    expect(plans.codex).toContain('mcp_servers.tmo.env_vars=["TMO_HOME","TMO_AGENT","TMO_TOKEN"]')
    const gemini = file('gemini-settings.json')
    expect(JSON.parse(gemini).mcpServers.tmo).toMatchObject({ ...started, env: { TMO_TOKEN: '$TMO_TOKEN' } })
    expect([...Object.values(plans), gemini, file('claude-mcp.json')].join()).not.toContain('secret-token')
  })

  it.each(names)(
    'is left out by %s where that is wished, and nothing else than on or off is',
    async (name) => {
      const adapter = adapters[name]()
      const plan = await adapter.prepare(home.request({ options: { mcp: 'off' } }))
      const said = `${plan.argv.join(' ')} ${plan.env['OPENCODE_CONFIG_CONTENT'] ?? ''}`
      expect(said).not.toMatch(/mcp/)
      await expect(adapter.prepare(home.request({ options: { mcp: 'maybe' } }))).rejects.toMatchObject({
        code: 'BAD_OPTION',
        hint: expect.stringContaining('on, off'),
      })
    },
  )
})
