import { ProfileCollector } from './collect-profile.ts'
import type { ProjectProfile } from './project-profile.ts'

/** The profile of a tree that consists of these files and the folders on their way. */
export function profileOfPaths(paths: Iterable<string>): ProjectProfile {
  const collector = new ProfileCollector()
  const folders = new Set<string>()
  for (const path of new Set(paths)) {
    const parts = path.split('/')
    collector.add(parts.slice(0, -1), parts.at(-1) ?? '', 'file')
    for (let depth = 1; depth < parts.length; depth++) folders.add(parts.slice(0, depth).join('/'))
  }
  for (const folder of folders) {
    const parts = folder.split('/')
    collector.add(parts.slice(0, -1), parts.at(-1) ?? '', 'folder')
  }
  return collector.profile()
}
