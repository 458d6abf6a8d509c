import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

export type Bindings = readonly SQLInputValue[] | Readonly<Record<string, SQLInputValue>>;

/** SQL with its statements prepared once. Rows are what the caller's SQL selects, so the caller names their shape. */
export interface Connection {
  /* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- the SQL decides the shape of a row, and no type checks it */
  one<Row>(sql: string, parameters?: Bindings): Row | undefined;
  all<Row>(sql: string, parameters?: Bindings): Row[];
  /* eslint-enable @typescript-eslint/no-unnecessary-type-parameters */
  /** Returns how many rows it changed. */
  run(sql: string, parameters?: Bindings): number;
}

export function createConnection(database: DatabaseSync): Connection {
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    let found = prepared.get(sql);
    if (!found) prepared.set(sql, (found = database.prepare(sql)));
    return found;
  };
  const bound = (parameters: Bindings | undefined): SQLInputValue[] =>
    parameters === undefined ? [] : Array.isArray(parameters) ? (parameters as SQLInputValue[]) : [parameters as unknown as SQLInputValue];
  return {
    one: (sql: string, parameters?: Bindings) => statement(sql).get(...bound(parameters)) as never,
    all: (sql: string, parameters?: Bindings) => statement(sql).all(...bound(parameters)) as never,
    run: (sql, parameters) => Number(statement(sql).run(...bound(parameters)).changes),
  };
}
