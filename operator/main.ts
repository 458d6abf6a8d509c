import manifest from '../package.json' with { type: 'json' };
import { onStopSignal } from '../platform/shutdown.ts';
import { loadOperatorConfig } from './config.ts';
import { loadKubeConfig } from './kube-config.ts';
import { operateUntil } from './operate.ts';

/* node operator/main.ts: everything is set by NIREON_… variables (config.ts). Exit 0, 1 failure, 2 usage, 78 bad configuration. */

process.exitCode = await main(process.argv.slice(2), process.env);

async function main(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<number> {
  if (args.length > 0) return complain(2, ['the operator takes no arguments; it is set by NIREON_… variables']);
  const settings = loadOperatorConfig(env);
  if (!settings.ok)
    return complain(
      78,
      settings.problems.map(({ path, message }) => `${path} ${message}`),
    );
  try {
    loadKubeConfig(settings.config.kubeconfig);
  } catch (error) {
    return complain(78, [(error as Error).message]);
  }
  const stop = new AbortController();
  const off = onStopSignal(process, (signal) => stop.abort(signal));
  try {
    await operateUntil(stop.signal, settings.config, manifest.version);
    return 0;
  } catch (error) {
    return complain(1, [(error as Error).message]);
  } finally {
    off();
  }
}

function complain(code: number, lines: readonly string[]): number {
  for (const line of lines) process.stderr.write(`nireon-operator: ${line}\n`);
  return code;
}
