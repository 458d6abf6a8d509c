import { fetchModel, listModels } from '../wiring/model-files.ts';
import { wordAt } from './arguments.ts';
import type { Command } from './command.ts';
import { configFlag, jsonFlag } from './flags.ts';
import { createFetchProgress, megabytes } from './fetch-progress.ts';
import { settingsFor } from './settings.ts';
import { table } from './table.ts';

const flags = { config: configFlag } as const;

export const modelsList: Command = {
  usage: 'models list',
  says: 'Lists the models that can be fetched, and whether they are there. Hosted models and servers of your own need no fetching: --model names them.',
  flags: { json: jsonFlag, ...flags },
  examples: [['nireon models list', 'What is there']],
  async run(given, cli) {
    const { config } = settingsFor(given, cli, { keys: 'ignored' });
    const models = await listModels(config);
    if (given.has('json')) cli.out(`${JSON.stringify({ folder: config.models.dir, models })}\n`);
    else {
      cli.out(
        table(
          [
            { head: 'model' },
            { head: 'state' },
            { head: 'size', align: 'right' },
            { head: 'kind' },
            { head: 'licence' },
            { head: 'what', flexible: true },
          ],
          models.map(({ name, state, bytes, kind, licence, says }) => [name, state, megabytes(bytes), kind, licence, says]),
          cli.width(),
        ),
      );
      cli.err(`In ${config.models.dir}. Fetch one: nireon models get <model>\n`);
    }
    return 0;
  },
};

export const modelsGet: Command = {
  usage: 'models get <model>',
  says: 'Fetches a model and checks every file against its pinned digest. What broke off goes on where it stopped; what is there is not fetched again. A language model comes with node-llama-cpp, which runs it (85 MB, by npm).',
  flags,
  examples: [
    ['nireon models get all-MiniLM-L6-v2', 'The default embedding model; explore would fetch it too'],
    ['nireon models get qwen2.5-0.5b-instruct-q4_k_m', 'A small language model; explore then takes it where no other is named'],
    ['NIREON_MODELS_DIR=./models nireon models get all-MiniLM-L6-v2', 'Into a folder that goes into an image'],
  ],
  async run(given, cli) {
    const name = wordAt(given, 0, 'models get <model>');
    const { config } = settingsFor(given, cli, { keys: 'ignored' });
    const stopped = new AbortController();
    const forget = cli.onInterrupt(() => stopped.abort());
    const progress = createFetchProgress(cli, name);
    try {
      const { fetched, files } = await fetchModel(config, name, { onProgress: progress.see, signal: stopped.signal });
      progress.stop();
      cli.err(fetched ? `${name} is fetched and verified.\n` : `${name} is there already, and verified.\n`);
      for (const file of files) cli.out(`${file}\n`);
      return 0;
    } catch (error) {
      if (stopped.signal.aborted) return 130;
      throw error;
    } finally {
      progress.stop();
      forget();
    }
  },
};
