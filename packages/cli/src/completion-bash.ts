import { type CompletionPlace, listCompletionPlaces, pathsOf, spellingsOf } from './completion-words.ts'
import type { Flag } from './flag.ts'
import type { HelpSource } from './help.ts'

/** A script for `complete -F`; needs bash 3.2, not the bash-completion package. */
export function formatBashCompletion(program: HelpSource): string {
  const places = listCompletionPlaces(program)
  const name = `_${program.name.replace(/\W/g, '_')}`
  const paths = places.filter((place) => place.path !== '').map((place) => quote(place.path))
  return `# bash completion of ${program.name}
${name}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" place="" next word words="" kind="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    [[ $word == -- ]] && return
    [[ $word == -* ]] && continue
    next="\${place:+$place }$word"
    case "$next" in
      ${paths.length === 0 ? "''" : paths.join('|')}) place="$next" ;;
      *) break ;;
    esac
  done
  if [[ $prev == -* ]]; then
    case "$place:$prev" in
${places.flatMap(valueCases).join('\n')}
    esac
  fi
  if [[ -z $words && -z $kind ]]; then
    case "$place" in
${places.map(placeCase).join('\n')}
    esac
  fi
  case "$kind" in
    none) return ;;
    directories) compopt -o filenames 2>/dev/null; while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -d -- "$cur"); [[ -n $words ]] || return ;;
    files) compopt -o filenames 2>/dev/null; while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur"); [[ -n $words ]] || return ;;
  esac
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$words" -- "$cur")
}
complete -F ${name} ${program.name}
`
}

function valueCases(place: CompletionPlace): readonly string[] {
  return place.flags
    .filter((flag) => flag.value !== 'none')
    .map((flag) => {
      const patterns = spellingsOf(flag).map((spelling) => quote(`${place.path}:${spelling}`))
      return `      ${patterns.join('|')}) ${valueText(flag)} ;;`
    })
}

function valueText(flag: Flag): string {
  if (flag.option.choices !== undefined) return `words=${quote(flag.option.choices.join(' '))}`
  return `kind=${pathsOf(flag.placeholder)}`
}

function placeCase(place: CompletionPlace): string {
  const words = [...place.words.map(({ word }) => word), ...place.choices]
  const flags = place.flags.flatMap(spellingsOf)
  const kind = place.paths === 'none' ? '' : `; [[ $cur == -* ]] || kind=${place.paths}`
  return `      ${quote(place.path)}) if [[ $cur == -* ]]; then words=${quote(flags.join(' '))}; else words=${quote(words.join(' '))}; fi${kind} ;;`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
