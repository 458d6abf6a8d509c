import type { Flag } from './command.ts';

/** Flags that several commands share, explained once. */
export const serverFlag: Flag = {
  value: 'url',
  says: 'Speak to a NIREON server instead of the store here; also the variable NIREON_SERVER. Its token: NIREON_TOKEN',
};
export const configFlag: Flag = {
  value: 'file',
  multiple: true,
  says: 'Settings (YAML), later files stronger; also the variable NIREON_CONFIG',
};
export const databaseFlag: Flag = { value: 'file', says: 'The database, ./nireon.db if not said' };
export const jsonFlag: Flag = { says: 'JSON instead of text' };
export const limitFlag: Flag = { value: 'n', says: 'Most lines, 1 to 200 (20)' };

/** Where a command finds sessions. */
export const placeFlags = { server: serverFlag, db: databaseFlag, config: configFlag } as const;
