import { expect, it } from 'vitest'
import { refuseWindowsDrive, windowsDriveOf } from './windows-drive.ts'

/** As WSL 2, WSL 1 and a newer WSL 2 with virtiofs write them. */
const wsl2 = String.raw`/dev/sdc / ext4 rw,relatime,discard 0 0
C:\134 /mnt/c 9p rw,noatime,aname=drvfs;path=C:\;uid=1000;symlinkroot=/mnt/,mmap,access=client,msize=65536 0 0
D:\134 /mnt/my\040disk 9p rw,noatime,aname=drvfs;path=D:\;uid=1000 0 0
none /mnt/wslg overlay rw,relatime 0 0
/dev/sdd /mnt/c/linux ext4 rw 0 0`
const wsl1 = 'rootfs / wslfs rw,noatime 0 0\nC: /mnt/c drvfs rw,noatime,uid=1000,case=off 0 0'
const virtiofs = '/dev/sdc / ext4 rw 0 0\ndrvfsC /mnt/c virtiofs rw,relatime 0 0'

it.each([
  ['/mnt/c/Users/ada/tmo', 'C:', wsl2],
  ['/mnt/c', 'C:', wsl2],
  ['/mnt/my disk/tmo', 'D:', wsl2],
  ['/mnt/c/Users/ada', 'C:', wsl1],
  ['/mnt/c/Users/ada', 'C:', virtiofs],
  ['/home/ada/.local/state/tmux-orchestrator', undefined, wsl2],
  ['/mnt/cellar', undefined, wsl2],
  ['/mnt/wslg/tmo', undefined, wsl2],
  ['/mnt/c/linux/tmo', undefined, wsl2],
  ['/srv/share', undefined, '/dev/vda / ext4 rw 0 0\nhost /srv/share 9p rw,trans=virtio 0 0'],
  ['/Users/ada/tmo', undefined, ''],
])('%s lies on the drive %s', (path, drive, mounts) => {
  expect(windowsDriveOf(path, mounts)).toBe(drive)
})

it('a home there is refused with the reason, one beside it is not', () => {
  expect(() => refuseWindowsDrive('/mnt/c/tmo', wsl2)).toThrow(/lies on the Windows drive C:/)
  expect(() => refuseWindowsDrive('/home/ada/tmo', wsl2)).not.toThrow()
  expect(() => refuseWindowsDrive('/home/ada/tmo'), 'of this machine').not.toThrow()
})
