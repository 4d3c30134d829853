import type { Command } from './command.ts'
import { formatBashCompletion } from './completion-bash.ts'
import { formatFishCompletion } from './completion-fish.ts'
import { formatZshCompletion } from './completion-zsh.ts'
import { defineCommand } from './define-command.ts'
import type { HelpSource } from './help.ts'

const shells = { bash: formatBashCompletion, zsh: formatZshCompletion, fish: formatFishCompletion } as const

/** `completion bash|zsh|fish`: the script that the shell reads, made from the same values as the help. */
export function completionCommand(program: HelpSource): Command {
  const command: Command = defineCommand({
    name: 'completion',
    summary: 'Print the completion script of a shell.',
    description: `Bash:  ${program.name} completion bash > ~/.local/share/bash-completion/completions/${program.name}
Zsh:   ${program.name} completion zsh > a directory of your fpath, as _${program.name}
Fish:  ${program.name} completion fish > ~/.config/fish/completions/${program.name}.fish`,
    examples: [`${program.name} completion bash`],
    args: [{ name: 'shell', description: 'whose script', required: true, choices: ['bash', 'zsh', 'fish'] }],
    run: async ({ args }) => ({
      shell: args.shell,
      script: shells[args.shell]({ ...program, commands: [...program.commands, command] }),
    }),
    render: (result) => result.script,
  })
  return command
}
