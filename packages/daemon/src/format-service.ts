/** A daemon as a service of one user. */
export interface Service {
  readonly name: string
  readonly home: string
  /** The program and its words. */
  readonly argv: readonly string[]
  /** What it finds in its environment beside what the service manager gives. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * A user unit of systemd. `KillMode=process`: ending or restarting the unit ends the daemon alone, and its tmux server and agents,
 * which systemd counts to the unit, go on.
 */
export function formatSystemdUnit({ home, argv, env }: Service): string {
  return [
    '[Unit]',
    `Description=tmux-orchestrator daemon (${oneLine(home).replaceAll('%', '%%')})`,
    // Never given up: its package or its disk may be back in an hour.
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    'Type=simple',
    `ExecStart=${argv.map(quoteForSystemd).join(' ')}`,
    ...Object.entries(env).map(([name, value]) => `Environment=${quoteForSystemd(`${name}=${value}`)}`),
    'Restart=on-failure',
    'RestartSec=5',
    // How the daemon ends when it is asked to.
    'SuccessExitStatus=143',
    'KillMode=process',
    'TimeoutStopSec=30',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n')
}

/** `$` and `%` mean something to systemd inside quotes as well. */
function quoteForSystemd(word: string): string {
  const escaped = oneLine(word)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
  return `"${escaped}"`
}

function oneLine(text: string): string {
  if (/[\n\r\0]/.test(text)) throw new RangeError('a service has no path or setting with a line break')
  return text
}

/** An agent of macOS's launchd. `AbandonProcessGroup`: what the daemon started outlives it. */
export function formatLaunchAgent({ name, argv, env, home }: Service): string {
  const words = argv.map((word) => `    <string>${escapeXml(word)}</string>`)
  const settings = Object.entries(env).flatMap(([key, value]) => [
    `    <key>${escapeXml(key)}</key>`,
    `    <string>${escapeXml(value)}</string>`,
  ])
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    '  <key>Label</key>',
    `  <string>${escapeXml(name)}</string>`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...words,
    '  </array>',
    '  <key>EnvironmentVariables</key>',
    '  <dict>',
    ...settings,
    '  </dict>',
    '  <key>WorkingDirectory</key>',
    `  <string>${escapeXml(home)}</string>`,
    '  <key>RunAtLoad</key>',
    '  <true/>',
    '  <key>KeepAlive</key>',
    '  <dict>',
    '    <key>SuccessfulExit</key>',
    '    <false/>',
    '  </dict>',
    '  <key>AbandonProcessGroup</key>',
    '  <true/>',
    '</dict>',
    '</plist>',
    '',
  ].join('\n')
}

function escapeXml(text: string): string {
  return oneLine(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
