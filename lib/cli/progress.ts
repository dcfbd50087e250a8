/** How far a command has come: one line of a terminal, drawn over and over. */

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const ERASE_LINE = '\r\x1b[K';
const REDRAW_AFTER = 50; // ms

/** Where a bar is drawn: process.stderr. */
export interface Terminal {
  readonly columns?: number;
  write(text: string): unknown;
}

/**
 * A bar with the share done and the time left, from its making until it is disposed of or the process exits or
 * is suspended (Ctrl-Z): then the line is blank again, and the cursor where it was.
 */
export class ProgressBar implements Disposable {
  readonly #terminal: Terminal;
  readonly #start = performance.now();
  #drawnAt = -Infinity;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    process.on('exit', this.#erase);
    process.on('SIGTSTP', this.#suspend);
    this.update(0);
  }

  /** @param share of the work, 0 to 1 */
  update(share: number): void {
    const now = performance.now();
    if (share < 1 && now - this.#drawnAt < REDRAW_AFTER) return;
    this.#drawnAt = now;
    const line = progressLine(share, now - this.#start, this.#terminal.columns || 80);
    this.#terminal.write(`${HIDE_CURSOR}${ERASE_LINE}${line}`);
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#erase);
    process.off('SIGTSTP', this.#suspend);
    this.#erase();
  }

  #erase = (): void => {
    this.#terminal.write(`${ERASE_LINE}${SHOW_CURSOR}`);
  };

  /** What the signal would have done by itself. The next update draws the bar again. */
  #suspend = (): void => {
    this.#erase();
    process.kill(process.pid, 'SIGSTOP');
  };
}

/** A line that fits: one that wraps could not be drawn over. */
export function progressLine(share: number, elapsed: number, columns: number): string {
  const percent = `${Math.floor(100 * share)}%`.padStart(4);
  const left = share > 0 ? `  ${duration((elapsed * (1 - share)) / share)} left` : '';
  const width = Math.min(40, columns - 1 - percent.length - left.length - 3);
  if (width < 5) return percent;
  const full = Math.round(share * width);
  return `${percent} [${'#'.repeat(full)}${' '.repeat(width - full)}]${left}`;
}

function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
