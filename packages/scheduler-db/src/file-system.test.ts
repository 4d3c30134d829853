import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isStoreError } from './errors.ts'
import { networkFileSystem, refuseNetworkFileSystem } from './file-system.ts'

test('file systems of other machines are known by their numbers, also where these come out negative', () => {
  expect(networkFileSystem(0x6969)).toBe('nfs')
  expect(networkFileSystem(0xff534d42 | 0)).toBe('cifs')
  expect([0xef53, 0x01021994, 0x794c7630, 0x58465342, 0x9123683e].map(networkFileSystem)).toEqual(
    Array.from({ length: 5 }, () => undefined),
  )
})

test.runIf(process.platform === 'linux')(
  'a database on a network file system is refused with its name',
  async () => {
    const path = join(tmpdir(), 'tmo.db')
    const caught = await refuseNetworkFileSystem(path, async () => ({ type: 0x6969 })).catch(
      (error: unknown) => error,
    )
    expect(isStoreError(caught, 'NETWORK_FILE_SYSTEM') && caught.details.fileSystem).toBe('nfs')
    await expect(refuseNetworkFileSystem(path)).resolves.toBeUndefined()
    // other systems number theirs otherwise
    await expect(
      refuseNetworkFileSystem(path, async () => ({ type: 0x6969 }), 'darwin'),
    ).resolves.toBeUndefined()
  },
)
