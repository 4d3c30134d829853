import type { Argument, Command, Option } from './command.ts'

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S
type LongName<F extends string> = F extends `${string}--${infer Rest}`
  ? Rest extends `${infer Name} ${string}`
    ? Name
    : Rest
  : F
type KeyOf<F extends string> = Camel<LongName<F> extends `no-${infer Name}` ? Name : LongName<F>>

type Choice<T> = T extends { readonly choices: readonly (infer C)[] } ? C : string
type Single<T> = T extends { readonly type: 'number' | 'integer' } ? number : Choice<T>
type Value<T> = T extends { readonly repeat: true } ? readonly Single<T>[] : Single<T>
type IsSwitch<F extends string> = F extends `${string}<${string}` | `${string}[${string}` ? false : true
type Always<T> = T extends { readonly default: unknown } | { readonly required: true } ? true : false

type OptionShape<T extends Option> =
  IsSwitch<T['flag']> extends true
    ? { readonly [K in KeyOf<T['flag']>]: boolean }
    : T['flag'] extends `${string}[${string}`
      ? { readonly [K in KeyOf<T['flag']>]?: Value<T> | true }
      : Always<T> extends true
        ? { readonly [K in KeyOf<T['flag']>]: Value<T> }
        : { readonly [K in KeyOf<T['flag']>]?: Value<T> }

type ArgumentShape<T extends Argument> = T extends { readonly variadic: true }
  ? { readonly [K in Camel<T['name']>]: readonly Choice<T>[] }
  : T extends { readonly required: true }
    ? { readonly [K in Camel<T['name']>]: Choice<T> }
    : { readonly [K in Camel<T['name']>]?: Choice<T> }

type Both<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void ? I : never
type Merged<U> = [U] extends [never]
  ? object
  : Both<U> extends infer I extends object
    ? { [K in keyof I]: I[K] }
    : object

/** The shape of `input.options` that a list of options gives. */
export type OptionsOf<T extends readonly Option[]> = Merged<
  T[number] extends infer O ? (O extends Option ? OptionShape<O> : never) : never
>
/** The shape of `input.args` that a list of arguments gives. */
export type ArgumentsOf<T extends readonly Argument[]> = Merged<
  T[number] extends infer A ? (A extends Argument ? ArgumentShape<A> : never) : never
>

/**
 * A command whose `run` knows its options and arguments from the lists, without writing the types twice.
 *
 * @example
 * const greet = defineCommand({
 *   name: 'greet',
 *   summary: 'Say hello.',
 *   examples: ['demo greet Ada --times 2'],
 *   args: [{ name: 'who', description: 'whom to greet', required: true }],
 *   options: [{ flag: '--times <n>', description: 'how often', type: 'integer', default: 1 }],
 *   run: async ({ args, options }) => ({ text: `Hello, ${args.who}! `.repeat(options.times) }),
 *   render: (result) => result.text,
 * })
 */
export function defineCommand<
  R,
  const O extends readonly Option[] = [],
  const A extends readonly Argument[] = [],
>(
  command: Omit<Command<OptionsOf<O>, R, ArgumentsOf<A>>, 'options' | 'args'> & {
    readonly options?: O
    readonly args?: A
  },
): Command<OptionsOf<O>, R, ArgumentsOf<A>> {
  return { ...command, options: command.options ?? [] }
}
