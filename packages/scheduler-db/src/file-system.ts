import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StoreError } from './errors.ts'

/** Linux's magic numbers of file systems on which write-ahead logging is unsafe: its index is shared memory. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'nfs'],
  [0x517b, 'smb'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x01021997, '9p'],
  [0x5346414f, 'afs'],
  [0x6b414653, 'kafs'],
  [0x00c36400, 'ceph'],
  [0x0bd00bd0, 'lustre'],
  [0x47504653, 'gpfs'],
  [0x7461636f, 'ocfs2'],
  [0x73757245, 'coda'],
  [0x564c, 'ncp'],
  [0x786f4256, 'vboxsf'],
])

/** The name of a network file system, or `undefined` for one of this machine. */
export function networkFileSystem(type: number): string | undefined {
  return networkFileSystems.get(type >>> 0)
}

export type StatFileSystem = (path: string) => Promise<{ readonly type: number }>

/**
 * Refuses to keep a database on a network file system.
 *
 * @throws StoreError `NETWORK_FILE_SYSTEM`; `UNWRITABLE` when the folder does not exist
 */
export async function refuseNetworkFileSystem(
  path: string,
  stat: StatFileSystem = statfs,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  // Only Linux numbers its file systems this way.
  if (platform !== 'linux') return
  const folder = dirname(path)
  const found = await stat(folder).catch((cause: unknown) => {
    throw new StoreError('UNWRITABLE', `the folder of the database cannot be used: ${folder}`, {
      hint: 'create the folder, or name another one',
      details: { path },
      cause,
    })
  })
  const name = networkFileSystem(found.type)
  if (name === undefined) return
  throw new StoreError(
    'NETWORK_FILE_SYSTEM',
    `the database would lie on a network file system (${name}): ${path}`,
    {
      hint: 'name a path on a local disk; SQLite would lose data here',
      details: { path, fileSystem: name },
    },
  )
}
