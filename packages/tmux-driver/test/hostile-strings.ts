import { seededRandom } from './seeded-random.ts'

const long = 65_536

/** Nothing, quotes, options, targets, and what tmux and shells read as more than text; a blank parts them. */
const words = String.raw`
' " \ $ $HOME ~ ~root ! * ? | & ; a; a\; \; { } # ## ### #{ #{pid} #{l:x} #[fg=red] ##[x #, %if %% %Y-%m-%d %exit A=b
-x -- - -t -t=bystander =bystander: $0 @0 %0 {end} + . ../.. /etc \n \011 \u0041 é日本 👩‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿`.split(/\s/)

/** The same with blanks, and what terminals act on; half a character, and NUL. */
const others = [
  ...['', ' ', '  two  ', ' ; ', '{ }', '# comment', '%if 1', '%end 1 2 1', '%begin 1 2 1'],
  ...['`', '\u0024{HOME}'],
  ...['\n', '\r', '\r\n', '\t', '\u0007', '\u0001', '\u001b', '\u001b[31m', '\u001b[200~', '\u001b[201~'],
  ...['\u001b]0;title\u0007', '\u001bPq\u001b\\', '\u007f', '\u009b', '\u009b201~', 'e\u0301', '\u202eabc'],
  ...['\ufeff', '\u2028', '\ud800', 'a\0b'],
]

/** What would run `command` if it were more than text. */
function armed(command: string): readonly string[] {
  return [
    ...[`#(${command})`, `##(${command})`, `###(${command})`, `#{E:#(${command})}`, `#{?1,#(${command}),}`],
    ...[`$(${command})`, `\`${command}\``, `; ${command}`, `\n${command}\n`, `| ${command}`],
    ...[`; run-shell '${command}'`, `\nrun-shell '${command}'\n`, `" ; run-shell '${command}' ; "`],
    ...[`' ; run-shell "${command}" ; '`, `} ; run-shell '${command}' ; {`, `\\; run-shell '${command}'`],
    ...[`\r\nrun-shell '${command}'`, `\\\nrun-shell '${command}'`, `\u001b[201~\r${command}\r`],
  ]
}

/** As long as an argument may well be. */
function oversized(traps: readonly string[], pick: () => string): string {
  return (pick() + traps[0]).repeat(long).slice(0, long)
}

/**
 * `count` strings that try to be more than text, the same ones for a seed: each trap by itself, then mixtures of them. Those that
 * would run something make a file in the folder `canary`, and those that would hit a target hit one of `targets`.
 */
export function hostileStrings(
  count: number,
  o: { readonly seed: number; readonly canary: string; readonly targets: readonly string[] },
): readonly string[] {
  const next = seededRandom(o.seed)
  const traps = [...armed(`touch ${o.canary}/ran`), ...words, ...others, ...o.targets]
  const pick = (): string => traps[Math.floor(next() * traps.length)] ?? ''
  const texts = [...traps, oversized(traps, pick), oversized(traps, pick), 'x'.repeat(long), '"'.repeat(long)]
  while (texts.length < Math.max(count, 2 * traps.length)) {
    const parts = Array.from({ length: 1 + Math.floor(next() * 5) }, pick)
    texts.push(next() < 0.01 ? oversized(traps, pick) : parts.join(next() < 0.5 ? '' : ' '))
  }
  // Of every kind, whatever the count.
  return texts
    .map((text) => ({ text, at: next() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ text }) => text)
}

/** Bytes of which few are text: broken and overlong UTF-8, 0xff and NUL among them. */
export function hostileBytes(seed: number, length: number): Uint8Array {
  const next = seededRandom(seed)
  const torn = [
    0x00, 0xff, 0xfe, 0xc3, 0xe6, 0x97, 0xf0, 0x9f, 0xc0, 0xaf, 0xed, 0xa0, 0x80, 0x1b, 0x0a, 0x0d,
  ]
  return Uint8Array.from({ length }, () =>
    next() < 0.5 ? Math.floor(next() * 256) : (torn[Math.floor(next() * torn.length)] ?? 0),
  )
}
