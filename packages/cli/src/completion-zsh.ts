import { type CompletionPlace, listCompletionPlaces, pathsOf } from './completion-words.ts'
import type { Flag } from './flag.ts'
import type { HelpSource } from './help.ts'

/** A script for a directory of `fpath`; it also works when sourced after `compinit`. */
export function formatZshCompletion(program: HelpSource): string {
  const places = listCompletionPlaces(program)
  const name = `_${program.name.replace(/\W/g, '_')}`
  const paths = places.filter((place) => place.path !== '').map((place) => quote(place.path))
  return `#compdef ${program.name}
${name}() {
  local place="" next word
  local -i i used=1
  for ((i = 2; i < CURRENT; i++)); do
    word="$words[i]"
    [[ $word == -- ]] && return
    [[ $word == -* ]] && continue
    next="\${place:+$place }$word"
    case "$next" in
      (${paths.length === 0 ? "''" : paths.join('|')}) place="$next"; used=i ;;
      (*) break ;;
    esac
  done
  # what follows sees the words behind the command's name only
  words=("$words[1]" "\${(@)words[used+1,-1]}")
  (( CURRENT -= used - 1 ))
  local -a next_words
  case "$place" in
${places.map(placeCase).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == ${quote(name)} ]]; then ${name} "$@"; else compdef ${name} ${quote(program.name)}; fi
`
}

function placeCase(place: CompletionPlace): string {
  const words = place.words.map(({ word, summary }) => quote(`${word}:${summary.replaceAll(':', '\\:')}`))
  const describe =
    words.length === 0
      ? ''
      : `next_words=(${words.join(' ')}); (( CURRENT == 2 )) && _describe command next_words; `
  return `    (${quote(place.path)}) ${describe}_arguments ${[...place.flags.flatMap(flagSpecs), argumentSpec(place)].join(' ')} ;;`
}

function flagSpecs(flag: Flag): readonly string[] {
  const repeat = flag.option.repeat ? '*' : ''
  const text = `[${flag.option.description.replace(/[[\]:\\]/g, '\\$&')}]${valueSpec(flag)}`
  const long = quote(`${repeat}--${flag.long}${flag.value === 'none' ? '' : '='}${text}`)
  return flag.short === undefined ? [long] : [long, quote(`${repeat}-${flag.short}${text}`)]
}

function valueSpec(flag: Flag): string {
  if (flag.value === 'none') return ''
  const colon = flag.value === 'optional' ? '::' : ':'
  return `${colon}${(flag.placeholder ?? 'value').replaceAll(':', ' ')}:${action(flag.option.choices, pathsOf(flag.placeholder))}`
}

function argumentSpec(place: CompletionPlace): string {
  return quote(`*::argument:${action(place.choices.length > 0 ? place.choices : undefined, place.paths)}`)
}

function action(choices: readonly string[] | undefined, paths: CompletionPlace['paths']): string {
  if (choices !== undefined) return `(${choices.join(' ')})`
  return { none: ' ', files: '_files', directories: '_files -/' }[paths]
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
