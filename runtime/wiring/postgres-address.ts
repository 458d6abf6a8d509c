import type { PostgresAddress } from '../adapters/store/postgres/address.ts';
import { type PostgresConfig, partsOfUrl, type UrlParts } from '../config-store.ts';
import { readSetting } from './read-setting.ts';

/** Where the settings say that PostgreSQL is. CONFIG_INVALID for a file that cannot be read; the password's is read with each connection. */
export async function postgresAddress(config: PostgresConfig): Promise<PostgresAddress> {
  const { url, host = '127.0.0.1', port = 5432, database = 'nireon', user = 'nireon', passwordFile, tls } = config;
  const place: UrlParts = url === undefined ? { host, port, database, user } : partsOfUrl(url);
  const { password } = place;
  const secret = passwordFile === undefined ? undefined : () => passwordIn(passwordFile);
  const given = password === undefined ? secret : () => Promise.resolve(password);
  const mode = tls.mode ?? (tls.caFile === undefined ? (place.tls ?? 'disable') : 'verify-full');
  const ca = tls.caFile === undefined ? {} : { ca: await readSetting(tls.caFile, 'store.postgres.tls.caFile') };
  if (secret) await secret();
  const { schema, connectTimeoutMs, statementTimeoutMs, lockTimeoutMs } = config;
  return {
    ...{ host: place.host, port: place.port, database: place.database, user: place.user },
    ...(given ? { password: given } : {}),
    ...(mode === 'disable' ? {} : { tls: { verify: mode === 'verify-full', ...ca } }),
    ...{ schema, connectTimeoutMs, statementTimeoutMs, lockTimeoutMs },
  };
}

/** Without the line end that editors and `echo` put behind it. */
const passwordIn = async (file: string): Promise<string> => (await readSetting(file, 'store.postgres.passwordFile')).replace(/\r?\n$/, '');
