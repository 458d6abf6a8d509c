import type { Command } from './command.ts';
import { configFlag, databaseFlag } from './flags.ts';
import { settingsWithModels } from './settings.ts';
import { numberFrom } from './values.ts';

export const serve: Command = {
  usage: 'serve [--config file]',
  says: 'Works on the sessions of its store and answers over HTTP: the API on port 8080, /metrics, /livez, /readyz and /health on port 8081.',
  flags: {
    port: { value: 'n', says: 'Port of the API (8080)' },
    host: { value: 'address', says: 'Address of the API (127.0.0.1; 0.0.0.0 for all)' },
    config: configFlag,
    db: databaseFlag,
  },
  notes: [
    'Logs are JSON lines on standard output; NIREON_LOG_FORMAT=pretty for a terminal. NIREON_API_TOKEN sets the token that requests must carry.',
    'SIGTERM or Ctrl-C drains: running work finishes, the rest is given back, exit 0. A second one ends at once.',
  ],
  examples: [
    ['nireon serve', 'On this machine, for commands with --server http://127.0.0.1:8080'],
    ['NIREON_API_TOKEN=… nireon serve --config nireon.yaml --host 0.0.0.0', 'For others'],
    ['curl -N http://127.0.0.1:8080/v1/sessions/ses_k3v/events', 'Watch a session; the API is described at /v1/openapi.json'],
  ],
  async run(given, cli) {
    const [port, host] = [numberFrom('port', given.text('port')), given.text('host')];
    const settings = await settingsWithModels(given, cli, [
      ...(port === undefined ? [] : [{ name: '--port', value: { api: { port } } }]),
      ...(host === undefined ? [] : [{ name: '--host', value: { api: { host } } }]),
    ]);
    const { serveUntil } = await import('../serve.ts');
    const stopped = new AbortController();
    const forget = cli.onInterrupt((signal) => stopped.abort(signal));
    try {
      return await serveUntil(stopped.signal, settings, cli.env);
    } finally {
      forget();
    }
  },
};
