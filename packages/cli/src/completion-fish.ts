import { type CompletionPlace, listCompletionPlaces, pathsOf } from './completion-words.ts'
import type { Flag } from './flag.ts'
import type { HelpSource } from './help.ts'

/** A file for fish's completions directory. */
export function formatFishCompletion(program: HelpSource): string {
  const places = listCompletionPlaces(program)
  const at = `__${program.name.replace(/\W/g, '_')}_at`
  const paths = places.filter((place) => place.path !== '').map((place) => quote(place.path))
  return `# fish completion of ${program.name}
function ${at}
    set -l place ''
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and continue
        set -l next (string trim -- "$place $word")
        if contains -- "$next" ${paths.join(' ')}
            set place $next
        else
            break
        end
    end
    test "$place" = "$argv[1]"
end
complete -c ${quote(program.name)} -f
${places.flatMap((place) => linesOf(program.name, at, place)).join('\n')}
`
}

function linesOf(program: string, at: string, place: CompletionPlace): readonly string[] {
  const start = `complete -c ${quote(program)} -n ${quote(`${at} ${quote(place.path)}`)}`
  const files = { none: '', files: ' -F', directories: ` -a '(__fish_complete_directories)'` }[place.paths]
  return [
    ...place.words.map(({ word, summary }) => `${start} -a ${quote(word)} -d ${quote(summary)}`),
    ...place.choices.map((choice) => `${start} -a ${quote(choice)}`),
    ...place.flags.map((flag) => `${start}${flagPart(flag)}`),
    ...(files === '' ? [] : [`${start}${files}`]),
  ]
}

function flagPart(flag: Flag): string {
  const short = flag.short === undefined ? '' : ` -s ${flag.short}`
  const description = ` -d ${quote(flag.option.description)}`
  if (flag.value === 'none') return ` -l ${flag.long}${short}${description}`
  const values =
    flag.option.choices === undefined
      ? { none: ' -x', files: ' -rF', directories: ` -xa '(__fish_complete_directories)'` }[
          pathsOf(flag.placeholder)
        ]
      : ` -xa ${quote(flag.option.choices.join(' '))}`
  return ` -l ${flag.long}${short}${values}${description}`
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
