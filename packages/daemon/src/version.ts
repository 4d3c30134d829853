declare const __VERSION__: string

/** Of this package, from its manifest. */
export const version: string = __VERSION__
