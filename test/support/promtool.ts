import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../node_modules/.cache/prometheus', import.meta.url));

/**
 * Path of a promtool: one that is installed, else the one of Debian's package `prometheus`, fetched once and unpacked beside the modules.
 * Undefined where there is neither; under CI that is an error, so that what needs it never is left out in silence.
 */
export function findPromtool(): string | undefined {
  const unpacked = `${folder}/usr/bin/promtool`;
  const found = works('promtool') ?? works(unpacked) ?? (fetchPackage() ? works(unpacked) : undefined);
  if (found === undefined && process.env['CI']) throw new Error('promtool is needed and neither installed nor to be had from apt');
  return found;
}

const works = (path: string): string | undefined => (spawnSync(path, ['--version']).status === 0 ? path : undefined);

function fetchPackage(): boolean {
  mkdirSync(folder, { recursive: true });
  const run = (command: string, ...args: string[]): boolean => spawnSync(command, args, { cwd: folder, timeout: 120_000 }).status === 0;
  const download = (): boolean => run('apt-get', 'download', 'prometheus');
  if (!download() && !(run('apt-get', 'update') && download())) return false;
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  return archive !== undefined && run('dpkg-deb', '-x', archive, folder) && existsSync(`${folder}/usr/bin/promtool`);
}
