/** A line without colours. @param {string} line */
export function plain(line) {
  // biome-ignore lint/complexity/useRegexLiterals: an escape character
  return line.replace(new RegExp('\\u001b\\[[0-9;:]*m', 'g'), '')
}

/**
 * A line without what differs from one recording to the next: ids, commits, times, process numbers, places. Empty where nothing stays.
 *
 * @param {string} line
 */
export function steady(line) {
  return line
    .replace(/\bhello-\w{6}\b/g, 'hello-ID')
    .replace(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/(a-greeting-in-two-languages)-[a-z]{4}/g, '$1-ID')
    .replace(/\btmo-[0-9a-f]{8}\b/g, 'SOCKET')
    .replace(/\b[0-9a-f]{12,40}\b/g, 'COMMIT')
    .replace(/\d+(?:\.\d+)?(?= ?(?:s|ms|m)\b)/g, 'N')
    .replace(/\b(?:pid|daemon) \d+/g, 'PID')
    .replace(/\b\d+ submitted/g, 'N submitted')
    .replace(/ {2,}/g, '  ')
    .trim()
}
