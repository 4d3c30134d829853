/**
 * Messages that Claude Code hands on within a turn, each in a frame of its own; 2.1.330 puts them beside a tool's result,
 * 2.1.197 into one text of the system.
 */
const frame =
  /The user sent a new message while you were working:\n([\s\S]*?)\n\n(?:IMPORTANT: After completing your current task|This is how Claude Code surfaces messages)[^\n]*/g

/** What was entered while the program worked, without the frames; empty for any other text. */
export function handedOnTexts(text: string): readonly string[] {
  return [...text.matchAll(frame)].map((match) => match[1] ?? '')
}
