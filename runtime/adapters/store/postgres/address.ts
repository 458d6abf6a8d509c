/** Where a PostgreSQL is, and how it is spoken to. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Asked for with each new connection, so that it may be changed. None: the server wants none. */
  readonly password?: () => Promise<string>;
  /** Lower-case letters, digits and _: an instance's own. */
  readonly schema: string;
  /** Absent: not encrypted. With `verify` the certificate must be of an authority in `ca` (PEM; the known ones if absent) and for the host. */
  readonly tls?: { readonly verify: boolean; readonly ca?: string };
  readonly connectTimeoutMs: number;
  /** A statement that takes longer is ended. */
  readonly statementTimeoutMs: number;
  /** A lock that is waited for longer is given up. */
  readonly lockTimeoutMs: number;
}
