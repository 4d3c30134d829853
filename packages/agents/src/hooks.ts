import { join } from 'node:path'
import { readTail, writeWhole } from './files.ts'
import { isObject, parseObject } from './json.ts'
import { harmless } from './quote-words.ts'
import { turnEndFolder } from './turn-end.ts'

/** One event of an agent program, as our hook wrote it down. */
export interface HookEvent {
  readonly event: string
  /** Epoch milliseconds; to the second where the machine's `date` knows no more. */
  readonly at: number
  /** Such as `error` → `rate_limit`. */
  readonly fields: ReadonlyMap<string, string>
  /** Our tokens that occurred in the event's text. */
  readonly tokens: readonly string[]
}

/**
 * So many messages in a row are handed over at ends of turns without another prompt or, with Gemini CLI, a tool in between:
 * Claude Code lets no more than 8 hooks in a row keep it from its end, and Gemini CLI loses what comes as the 100th.
 */
export const handedOverMax = 5

/**
 * The hook of every event. It keeps the event's name, time, ids, error kind and our tokens, never the text of a prompt
 * or an answer. What it prints, the program may show to the model: a message that is handed over at the end of a turn
 * that did not fail, else an empty object, where it insists on an answer. It starts two programs and, but for a message,
 * no more: the agent waits for it.
 */
const script = `#!/bin/sh
LC_ALL=C
export LC_ALL
at=$(date +%s%3N)
case $at in *[!0-9]*) at=$(date +%s)000 ;; esac
found=$(grep -aoE '"prompt_response": ?"\\[no response text\\]"|"stop_hook_active": ?true|"(session_id|error|notification_type|source|reason)": ?"[A-Za-z0-9_-]{1,64}"|"transcript_path": ?"[A-Za-z0-9_/.+ -]{1,1000}"|tmo-[a-z]-[A-Za-z0-9]{4,48}')
words=
transcript=
count=0
set -f
IFS='
'
for word in $found; do
  case $word in
    '"prompt_response"'*) word=failed=yes ;;
    '"stop_hook_active"'*) continue ;;
    '"'*)
      word=\${word#?} name=\${word%%'"'*} word=\${word#*: } word=\${word#*:}
      word=\${word#?}
      word=$name=\${word%?}
      [ "$name" != transcript_path ] || transcript=\${word#*=}
      ;;
  esac
  words=$words,'"'$word'"'
  count=$((count + 1))
  [ $count -lt 64 ] || break
done
# Gemini CLI tells of a turn that a person broke off as of any other; its transcript ends with no answer then
answered() { [ -z "$5" ] || case $(tail -n 2 "$transcript" 2> /dev/null | head -n 1 | head -c 400) in *"$5"*) ;; *) false ;; esac; }
letter=
row=0
case $found in
  *'[no response text]'*) row=${handedOverMax} ;;
  *'"stop_hook_active"'*)
    read -r row 2> /dev/null < "$4/row"
    answered "$@" || words=$words,'"lost=yes"'
    ;;
esac
if [ -n "$4" ] && [ "$row" -lt ${handedOverMax} ]; then
  set +f
  for file in "$4"/*.json; do
    [ -e "$file" ] && answered "$@" || continue
    mv "$file" "$file.taken" 2> /dev/null || continue
    letter=$file.taken
    words=$words,'"given=yes"'
    echo $((row + 1)) > "$4/row"
    break
  done
fi
printf '{"event":"%s","at":%s,"words":[%s]}\\n' "$1" "$at" "\${words#,}" >> "$2"
if [ -n "$letter" ]; then
  cat "$letter"
  true > "$letter"
elif [ -n "$3" ]; then
  printf '%s\\n' "$3"
fi
exit 0
`

export function hookLog(stateDir: string): string {
  return join(stateDir, 'hooks.jsonl')
}

export function hookProgram(stateDir: string): string {
  return join(stateDir, 'hook.sh')
}

/** Writes the hook and an empty log. */
export async function writeHookProgram(stateDir: string): Promise<void> {
  await writeWhole(hookProgram(stateDir), script, 0o700)
  await writeWhole(hookLog(stateDir), '', 0o600)
}

/** The command of an event's hook, for the shell that the program gives it to: none of them has a form with argv. */
export function hookCommand(stateDir: string, event: string, answer?: string): string {
  const words = ['/bin/sh', hookProgram(stateDir), event, hookLog(stateDir), ...(answer ? [answer] : [])]
  return harmless(words)
}

export interface TurnEndWords {
  /** What it prints where it hands nothing over. */
  readonly nothing: string
  /** What is in the last entry of the transcript once a turn has come to its end; see the script. */
  readonly answered: string
}

/** The command of a hook that may answer with a message; see `offerAtTurnEnd`. */
export function turnEndCommand(
  stateDir: string,
  event: string,
  { nothing, answered }: TurnEndWords = { nothing: '', answered: '' },
): string {
  const places = [hookProgram(stateDir), event, hookLog(stateDir), nothing, turnEndFolder(stateDir), answered]
  return harmless(['/bin/sh', ...places])
}

const tailBytes = 16_384

/** The latest events, oldest first; undefined when the log is absent or cannot be read. */
export async function readHooks(
  stateDir: string,
  bytes: number = tailBytes,
): Promise<readonly HookEvent[] | undefined> {
  const tail = await readTail(hookLog(stateDir), bytes)
  if (tail.status !== 'read') return undefined
  return tail.value.split('\n').flatMap((line) => parseHookEvent(line) ?? [])
}

export function parseHookEvent(line: string): HookEvent | undefined {
  const entry = line === '' ? undefined : parseObject(line)
  if (!isObject(entry)) return undefined
  const { event, at, words } = entry
  if (typeof event !== 'string' || typeof at !== 'number' || !Array.isArray(words)) return undefined
  const texts = words.filter((word) => typeof word === 'string')
  const fields = texts.filter((word) => word.includes('=')).map((word): [string, string] => splitField(word))
  return { event, at, fields: new Map(fields), tokens: texts.filter((word) => !word.includes('=')) }
}

function splitField(word: string): [string, string] {
  const at = word.indexOf('=')
  return [word.slice(0, at), word.slice(at + 1)]
}

/** Says of lines of the log whether they are a prompt that held a token. */
export function isInputOf(submission: string): (line: string, token: string) => boolean {
  return (line, token) => {
    const event = parseHookEvent(line)
    return event?.event === submission && event.tokens.includes(token)
  }
}
