/** The plans, smallest first. */
export const plans = ['pro', 'max5', 'max20', 'console'] as const
/** What the user pays for; it bounds how many agents run at once. */
export type Plan = (typeof plans)[number]
/** Agents that a plan carries. */
export const planLimits: Readonly<Record<Plan, number>> = { pro: 3, max5: 5, max20: 8, console: 10 }

/** The sizes, smallest first. */
export const sizes = ['small', 'medium', 'large'] as const
/** How much team a piece of work is worth. */
export type Size = (typeof sizes)[number]
/** Agents that a size is worth, before the plan's limit. */
export const sizeLimits: Readonly<Record<Size, number>> = { small: 4, medium: 6, large: 10 }
/** Agents of the implementing role that a size is worth, when the tasks are independent. */
export const implementerLimits: Readonly<Record<Size, number>> = { small: 1, medium: 2, large: 4 }
