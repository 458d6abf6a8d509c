import { createSqliteStore } from '../../runtime/adapters/store/sqlite/index.ts';
import { creation, step, work } from './store-records.ts';
import { claimOne } from './store-world.ts';

/**
 * A process with a database of its own: says `open`, `{"code"…}` where it cannot open, and with `--commit` each commit that was
 * acknowledged, until it is killed or its input ends.
 */
const [file, mode] = process.argv.slice(2);
const say = (line: string): boolean => process.stdout.write(`${line}\n`);
try {
  const store = await createSqliteStore({ file: file!, readOnly: mode === '--read-only' });
  say('open');
  process.stdin.resume().once('end', () => void store.close());
  if (mode === '--commit') {
    await store.createSession(creation({ id: 'ses_k', work: [work('ses_k', 'k0')] }));
    for (let i = 0; ; i++) {
      const item = await claimOne(store);
      await store.commit(step(item, { work: [work('ses_k', `k${i + 1}`)] }));
      say(item.id);
    }
  }
} catch (error) {
  say(JSON.stringify({ code: (error as { code?: unknown }).code, message: (error as Error).message }));
}
