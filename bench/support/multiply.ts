import { DatabaseSync } from 'node:sqlite';

/** Columns by which rows name themselves and each other. */
const naming = /^id$|_id$/;

/**
 * Makes a database of finished sessions larger: so many copies of each, alike but for their ids. Requests and results of effects are
 * left out, as after their time of retention.
 */
export function multiply(file: string, copies: number): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA cache_size = -262144; PRAGMA temp_store = MEMORY');
  const tables = ['sessions', 'frames', 'budgets', 'ideas', 'assessments', 'vectors', 'traces', 'signals', 'work', 'journal'];
  database.exec('BEGIN');
  for (const table of tables) {
    const columns = (database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as { name: string }[])
      .map(({ name }) => name)
      .filter((name) => name !== 'age');
    const values = columns.map((name) => (naming.test(name) ? `${name} || '-' || copy` : /^(request|result)$/.test(name) ? 'NULL' : name));
    database.exec(
      `WITH RECURSIVE copies(copy) AS (SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < ${copies})
       INSERT INTO ${table} (${columns.join(', ')}) SELECT ${values.join(', ')} FROM copies CROSS JOIN (SELECT * FROM ${table})`,
    );
  }
  database.exec('COMMIT; PRAGMA journal_mode = WAL');
  database.close();
}
