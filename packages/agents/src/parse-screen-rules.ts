import { errorKinds } from './error-kind.ts'
import { AgentsError } from './errors.ts'
import { isObject, type JsonObject } from './json.ts'
import type { Box, RulePlace, RuleVerdict, ScreenRule, ScreenRules } from './screen-rules.ts'

const places = ['below', 'turn', 'tail', 'last'] as const satisfies readonly RulePlace[]
const verdicts = [
  'working',
  'permission',
  'question',
  'start',
  'error',
  'limited',
  'idle',
  'noise',
] as const satisfies readonly RuleVerdict[]
const hues = ['warm', 'cold', 'grey'] as const
const expressionMax = 500
const rulesMax = 200

const rulesKeys = ['program', 'version', 'tested', 'box', 'sent', 'block', 'remove', 'rules']
const boxKeys = [
  'above',
  'below',
  'first',
  'more',
  'right',
  'footer',
  'ownLastLine',
  'painted',
  'placeholder',
]
const ruleKeys = ['id', 'where', 'match', 'says', 'error', 'hue']

/**
 * Reads rules for screens. With `base` they are changes: what they leave out stays, a rule with a known id takes its
 * place, others come first, and `remove` lists ids that go.
 *
 * @param file where they come from, for errors
 * @throws AgentsError `BAD_RULES` naming file, rule and what is allowed
 */
export function parseScreenRules(source: unknown, file: string, base?: ScreenRules): ScreenRules {
  const at = new Place(file)
  const object = at.object(source, 'the rules')
  at.keys(object, rulesKeys, 'the rules')
  const program = at.text(object['program'] ?? base?.program, 'program')
  if (base && program !== base.program)
    at.fail('program', `these are rules for ${base.program}`, base.program)
  const box = object['box'] === undefined ? base?.box : parseBox(at, object['box'])
  const sent = object['sent'] === undefined ? base?.sent : at.expression(object['sent'], 'sent', 'u')
  const block = object['block'] === undefined ? base?.block : at.expression(object['block'], 'block', 'u')
  return {
    program,
    source: file,
    version: at.text(object['version'], 'version'),
    tested: object['tested'] === undefined && base ? base.tested : parseTested(at, object['tested']),
    ...(box && { box }),
    ...(sent && { sent }),
    ...(block && { block }),
    rules: parseRules(at, object, base?.rules ?? []),
  }
}

function parseTested(at: Place, source: unknown): ScreenRules['tested'] {
  const tested = at.object(source, 'tested')
  at.keys(tested, ['from', 'below'], 'tested')
  const version = (key: string): string => {
    const text = at.text(tested[key], `tested.${key}`)
    return /^\d+(\.\d+){0,3}$/.test(text)
      ? text
      : at.fail(`tested.${key}`, `is ${text}`, 'a version such as 2.1.330')
  }
  return { from: version('from'), below: version('below') }
}

function parseBox(at: Place, source: unknown): Box {
  const box = at.object(source, 'box')
  at.keys(box, boxKeys, 'box')
  const maybe = (key: 'above' | 'below' | 'right' | 'footer'): Partial<Box> =>
    box[key] === undefined ? {} : { [key]: at.expression(box[key], `box.${key}`, 'u') }
  return {
    ...maybe('above'),
    ...maybe('below'),
    ...maybe('right'),
    ...maybe('footer'),
    first: at.expression(box['first'], 'box.first', 'u'),
    more: at.expression(box['more'], 'box.more', 'u'),
    ownLastLine: at.flag(box['ownLastLine'], 'box.ownLastLine'),
    painted: at.flag(box['painted'], 'box.painted'),
    placeholder: at
      .list(box['placeholder'] ?? [], 'box.placeholder')
      .map((text) => at.expression(text, 'box.placeholder', 'u')),
  }
}

function parseRules(at: Place, object: JsonObject, base: readonly ScreenRule[]): readonly ScreenRule[] {
  const own = at.list(object['rules'] ?? [], 'rules').map((source, index) => parseRule(at, source, index))
  const removed = at.list(object['remove'] ?? [], 'remove').map((id) => at.text(id, 'remove'))
  const ids = own.map((rule) => rule.id)
  const double = ids.find((id, index) => ids.indexOf(id) !== index)
  if (double !== undefined) at.fail(double, 'stands there twice', 'one rule for each id')
  const stranger = removed.find((id) => base.every((rule) => rule.id !== id))
  if (stranger !== undefined)
    at.fail('remove', `there is no rule ${stranger}`, base.map(({ id }) => id).join(', '))
  const kept = base.filter((rule) => !removed.includes(rule.id))
  const rules = [
    ...own.filter((rule) => kept.every(({ id }) => id !== rule.id)),
    ...kept.map((rule) => own.find(({ id }) => id === rule.id) ?? rule),
  ]
  return rules.length <= rulesMax ? rules : at.fail('rules', `are ${rules.length}`, `at most ${rulesMax}`)
}

function parseRule(at: Place, source: unknown, index: number): ScreenRule {
  const rule = at.object(source, `rule ${index + 1}`)
  const id = at.text(rule['id'], `the id of rule ${index + 1}`)
  at.keys(rule, ruleKeys, id)
  const says = at.oneOf(rule['says'], verdicts, `${id}.says`)
  if (rule['error'] !== undefined && says !== 'error')
    at.fail(`${id}.error`, 'belongs to another rule', 'a rule that says error')
  return {
    id,
    where: at.oneOf(rule['where'], places, `${id}.where`),
    match: at.expression(rule['match'], `${id}.match`, 'iu'),
    says,
    ...(rule['error'] !== undefined && { error: at.oneOf(rule['error'], errorKinds, `${id}.error`) }),
    ...(rule['hue'] !== undefined && { hue: at.oneOf(rule['hue'], hues, `${id}.hue`) }),
  }
}

/** The file that is read, so that every complaint names it. */
class Place {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  fail(rule: string, what: string, allowed: string): never {
    throw new AgentsError('BAD_RULES', `${this.#file}: ${rule}: ${what}`, {
      details: { file: this.#file, rule, allowed },
      hint: `Allowed: ${allowed}.`,
    })
  }

  object(value: unknown, rule: string): JsonObject {
    return isObject(value) ? value : this.fail(rule, 'is no object', 'an object')
  }

  list(value: unknown, rule: string): readonly unknown[] {
    return Array.isArray(value) ? value : this.fail(rule, 'is no list', 'a list')
  }

  text(value: unknown, rule: string): string {
    return typeof value === 'string' && value !== ''
      ? value
      : this.fail(rule, 'is no text', 'a text that is not empty')
  }

  oneOf<T extends string>(value: unknown, allowed: readonly T[], rule: string): T {
    return (
      allowed.find((one) => one === value) ??
      this.fail(rule, `is ${JSON.stringify(value)}`, allowed.join(', '))
    )
  }

  flag(value: unknown = false, rule: string): boolean {
    return typeof value === 'boolean' ? value : this.fail(rule, 'is neither', 'true or false')
  }

  keys(value: JsonObject, allowed: readonly string[], rule: string): void {
    const stranger = Object.keys(value).find((key) => !allowed.includes(key))
    if (stranger !== undefined) this.fail(rule, `there is no ${stranger}`, allowed.join(', '))
  }

  expression(value: unknown, rule: string, flags: string): RegExp {
    const source = this.text(value, rule)
    if (source.length > expressionMax)
      return this.fail(rule, `has ${source.length} characters`, `at most ${expressionMax}`)
    try {
      return new RegExp(source, flags)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return this.fail(rule, error.message, 'a regular expression of JavaScript with the flag u')
    }
  }
}
