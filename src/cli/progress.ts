import type { CommandContext } from './context.ts'

const BAR = 24
const INTERVAL = 80

/** Progress of long work: a line that is redrawn on a terminal, nothing elsewhere. */
export interface Progress {
  update(label: string, done: number, total: number): void
  end(): void
}

export function createProgress({ stderr }: CommandContext): Progress {
  if (stderr.isTTY !== true) return { update: () => undefined, end: () => undefined }
  let drawn = 0
  return {
    update: (label, done, total) => {
      const now = Date.now()
      if (now - drawn < INTERVAL && done < total) return
      drawn = now
      const filled = total === 0 ? BAR : Math.round((BAR * Math.min(done, total)) / total)
      const line = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${done}/${total} ${label}`
      stderr.write(`\r\u001b[2K${line.slice(0, (stderr.columns ?? 80) - 1)}`)
    },
    end: () => {
      stderr.write('\r\u001b[2K')
    },
  }
}
