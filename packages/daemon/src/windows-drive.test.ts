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
  ['/mnt/c/Users/ada/tmo', wsl2, 'C:'],
  ['/mnt/c', wsl2, 'C:'],
  ['/mnt/my disk/tmo', wsl2, 'D:'],
  ['/mnt/c/Users/ada', wsl1, 'C:'],
  ['/mnt/c/Users/ada', virtiofs, 'C:'],
  ['/home/ada/.local/state/tmux-orchestrator', wsl2, undefined],
  ['/mnt/cellar', wsl2, undefined],
  ['/mnt/wslg/tmo', wsl2, undefined],
  ['/mnt/c/linux/tmo', wsl2, undefined],
  ['/srv/share', '/dev/vda / ext4 rw 0 0\nhost /srv/share 9p rw,trans=virtio 0 0', undefined],
  ['/Users/ada/tmo', '', undefined],
])('%s lies on the drive %3$s', (path, mounts, drive) => {
  expect(windowsDriveOf(path, mounts)).toBe(drive)
})

it('a home there is refused with the reason, one beside it is not', () => {
  expect(() => refuseWindowsDrive('/mnt/c/tmo', wsl2)).toThrow(/lies on the Windows drive C:/)
  expect(() => refuseWindowsDrive('/home/ada/tmo', wsl2)).not.toThrow()
  expect(() => refuseWindowsDrive('/home/ada/tmo'), 'of this machine').not.toThrow()
})
