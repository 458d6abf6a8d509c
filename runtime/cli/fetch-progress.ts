import type { Cli } from './command.ts';

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;

/** What is told while a model is fetched: on a terminal one redrawn line, elsewhere a line a file. */
export function createFetchProgress({ err, terminal }: Pick<Cli, 'err' | 'terminal'>, name: string, now: () => number = Date.now) {
  let [drawn, last, file] = [false, -Infinity, ''];
  const clear = (): void => {
    if (drawn) err('\r\u001b[K');
    drawn = false;
  };
  return {
    see(progress: { readonly file: string; readonly bytes: number; readonly of: number }): void {
      if (!terminal.redraws) {
        if (progress.file !== file) err(`fetching ${name}: ${progress.file}, ${megabytes(progress.of)}\n`);
        file = progress.file;
      } else if (now() - last >= 100) {
        last = now();
        clear();
        const percent = Math.floor((100 * progress.bytes) / Math.max(1, progress.of));
        err(`fetching ${name}: ${progress.file} ${percent} % of ${megabytes(progress.of)}`.slice(0, terminal.columns() - 1));
        drawn = true;
      }
    },
    stop: clear,
  };
}
