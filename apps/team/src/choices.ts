import { UsageError } from '@tmux-orchestrator/cli'
import { findRoleName, type RoleName, roleNames } from '@tmux-orchestrator/team'

/** The roles in `developer,developer,tester`; a role may be repeated. */
export function parseRoles(list: string): readonly RoleName[] {
  return list.split(',').map((word) => {
    const role = findRoleName(word)
    if (role !== undefined) return role
    const what = word.trim() === '' ? 'an empty word' : JSON.stringify(word.trim().slice(0, 60))
    throw new UsageError(`there is no role in ${what}`, { hint: `the roles are ${roleNames.join(', ')}` })
  })
}
