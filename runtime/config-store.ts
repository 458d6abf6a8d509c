import { z } from 'zod';

const text = (max: number, says: string) => z.string().min(1).max(max).describe(says);
const ms = (min: number, max: number, standard: number, says: string) =>
  z.int().min(min).max(max).default(standard).describe(says).meta({ unit: 'ms' });

const tlsModes = ['disable', 'require', 'verify-full'] as const;
export type TlsMode = (typeof tlsModes)[number];
/** What libpq calls them, and what they come to here: who asks for a check gets all of it, and nothing is tried twice. */
const urlModes: Readonly<Record<string, TlsMode>> = {
  ...{
    disable: 'disable',
    allow: 'disable',
    prefer: 'disable',
    require: 'require',
    'verify-ca': 'verify-full',
    'verify-full': 'verify-full',
  },
};

const postgresSchema = z
  .strictObject({
    url: z.exactOptional(
      z
        .string()
        .max(2000)
        .superRefine((url, context) => {
          const message = problemOf(url);
          if (message !== undefined) context.addIssue({ code: 'custom', message });
        })
        .describe(
          '`postgres://user:password@host:port/database?sslmode=verify-full`, in place of host, port, database, user and passwordFile',
        )
        .meta({ secret: true, defaultText: 'none' }),
    ),
    host: z.exactOptional(text(253, 'Where PostgreSQL (14 or newer) listens').meta({ defaultText: '`127.0.0.1`' })),
    port: z.exactOptional(z.int().min(1).max(65_535).describe('Its port').meta({ defaultText: '`5432`' })),
    database: z.exactOptional(text(63, 'A database that exists').meta({ defaultText: '`nireon`' })),
    user: z.exactOptional(text(63, 'Who connects').meta({ defaultText: '`nireon`' })),
    passwordFile: z.exactOptional(
      text(1000, "File with the user's password; read anew for each connection, so that it may be changed").meta({
        defaultText: 'none: the server wants no password',
      }),
    ),
    schema: z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'lower-case letters, digits and _, at most 63')
      .default('nireon')
      .describe('Schema of this instance in the database: instances that share a database each have their own'),
    poolSize: z.int().min(1).max(200).default(10).describe('Most connections of this process').meta({ unit: 'connections' }),
    connectTimeoutMs: ms(100, 60_000, 5000, 'Longest wait for a connection'),
    statementTimeoutMs: ms(1000, 600_000, 30_000, 'A statement that takes longer is ended and tried again'),
    lockTimeoutMs: ms(100, 600_000, 10_000, 'Longest wait for what another transaction holds'),
    tls: z
      .strictObject({
        mode: z.exactOptional(
          z
            .enum(tlsModes)
            .describe('require encrypts; verify-full also checks the certificate and the host in it')
            .meta({ defaultText: '`verify-full` with caFile, else as the url says, else `disable`' }),
        ),
        caFile: z.exactOptional(
          text(1000, 'Certificates of the authorities to trust (PEM)').meta({ defaultText: 'those that Node.js knows' }),
        ),
      })
      .prefault({}),
  })
  .superRefine((postgres, context) => {
    const besides = (['host', 'port', 'database', 'user', 'passwordFile'] as const).filter((key) => postgres[key] !== undefined);
    if (postgres.url !== undefined && besides.length > 0) {
      context.addIssue({ code: 'custom', path: [besides[0]!], message: 'is said by store.postgres.url already: give one or the other' });
    }
    if (postgres.tls.mode === 'disable' && postgres.tls.caFile !== undefined) {
      context.addIssue({ code: 'custom', path: ['tls', 'caFile'], message: 'is for a connection with TLS: leave out tls.mode, or this' });
    }
  });
export type PostgresConfig = z.infer<typeof postgresSchema>;

export const storeSchema = z.strictObject({
  kind: z.exactOptional(
    z
      .enum(['sqlite', 'postgres'])
      .describe('sqlite: one file, one process; postgres: any number of processes')
      .meta({ defaultText: '`postgres` where its url or host is said, else `sqlite`' }),
  ),
  sqlite: z.strictObject({ file: text(1000, 'The database file; its folder must exist').default('./nireon.db') }).prefault({}),
  postgres: postgresSchema.prefault({}),
});
export type StoreConfig = z.infer<typeof storeSchema>;

export const storeKind = ({ kind, postgres }: StoreConfig): 'sqlite' | 'postgres' =>
  kind ?? (postgres.url !== undefined || postgres.host !== undefined ? 'postgres' : 'sqlite');

/** What a url says; its password is secret. */
export interface UrlParts {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  readonly tls?: TlsMode;
}

/** Parts of a url that the schema has taken. */
export function partsOfUrl(text: string): UrlParts {
  const url = new URL(text);
  const mode = url.searchParams.get('sslmode');
  const user = decodeURIComponent(url.username) || 'nireon';
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 5432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)) || user,
    user,
    ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    ...(mode === null ? {} : { tls: urlModes[mode]! }),
  };
}

function problemOf(text: string): string | undefined {
  if (!URL.canParse(text)) return 'is no address: postgres://user:password@host:port/database (% and other signs of a password as %25 …)';
  const url = new URL(text);
  if (!['postgres:', 'postgresql:'].includes(url.protocol)) return 'must begin with postgres:// or postgresql://';
  if (url.hostname === '') return 'names no host';
  try {
    [url.username, url.password, url.pathname].forEach(decodeURIComponent);
  } catch {
    return 'holds a % that stands for no sign: write %25';
  }
  for (const [name, value] of url.searchParams) {
    if (name !== 'sslmode') return `has the parameter ${name}: only sslmode is understood, the rest are keys of store.postgres`;
    if (!Object.hasOwn(urlModes, value)) return `has an sslmode that is none of ${Object.keys(urlModes).join(', ')}`;
  }
  return undefined;
}
