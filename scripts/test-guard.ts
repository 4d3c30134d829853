/** Tests never see the caller's tmux, agent identity or settings. */
export function setup(): void {
  for (const name of Object.keys(process.env)) {
    if (name === 'TMUX' || name === 'TMUX_PANE' || (name.startsWith('TMO_') && name !== 'TMO_SLICE'))
      delete process.env[name]
  }
}
