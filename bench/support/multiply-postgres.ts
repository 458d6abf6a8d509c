import type { Postgres } from '../../test/testbed/postgres.ts';

const texts = /^(record|facts|entry|ending|history|kept)$/;
const tables = ['sessions', 'frames', 'budgets', 'ideas', 'assessments', 'vectors', 'traces', 'signals', 'work', 'journal'];
const copiesAtOnce = 200;

/** What stands in a column of a copy. Rows name themselves and each other by ids; null stays null. */
function copied(name: string): string {
  if (/^id$|_id$/.test(name)) return `md5(${name} || copy)`;
  if (/^(request|result)$/.test(name)) return 'NULL';
  if (name === 'elements') return `''::bytea`;
  return texts.test(name) ? `left(${name}, 100)` : name;
}

/**
 * Copies the finished sessions of a schema until it holds `size` finished work items: every row of every table, under ids as random as
 * those of real records, with every index. Requests and results of effects are left out, as after their time of retention; long texts
 * and vectors are cut, so that millions fit on a disk: nothing reads them again.
 */
export async function multiplyPostgres(server: Postgres, schema: string, size: number): Promise<number> {
  const count = async (): Promise<number> => {
    const [row] = await server.sql<{ n: string }>(`SELECT count(*) AS n FROM ${schema}.work`);
    return Number(row?.n);
  };
  const template = await count();
  const statements = await Promise.all(
    tables.map(async (table) => {
      const columns = await server.sql<{ name: string }>(
        `SELECT column_name AS name FROM information_schema.columns
          WHERE table_schema = '${schema}' AND table_name = '${table}' AND is_identity = 'NO'`,
      );
      const names = columns.map(({ name }) => name);
      const values = names.map(copied);
      await server.sql(`CREATE TABLE ${schema}.${table}_template AS SELECT * FROM ${schema}.${table}`);
      return (from: number, to: number): string =>
        `INSERT INTO ${schema}.${table} (${names.join(', ')}) SELECT ${values.join(', ')}
          FROM generate_series(${from}, ${to}) copy CROSS JOIN ${schema}.${table}_template`;
    }),
  );
  const copies = Math.max(0, Math.ceil(size / template) - 1);
  await server.sql(`ALTER DATABASE postgres SET synchronous_commit = off`);
  for (let from = 1; from <= copies; from += copiesAtOnce) {
    const to = Math.min(copies, from + copiesAtOnce - 1);
    await server.sql(statements.map((statement) => statement(from, to)).join(';'));
    if (from % (copiesAtOnce * 25) === 1) process.stderr.write(`${to} of ${copies} copies of ${template} items\n`);
  }
  await server.sql(tables.map((table) => `DROP TABLE ${schema}.${table}_template`).join(';'));
  await server.sql('ALTER DATABASE postgres RESET synchronous_commit');
  for (const table of tables) await server.sql(`VACUUM ANALYZE ${schema}.${table}`);
  await server.sql('CHECKPOINT');
  return count();
}
