import { didYouMean } from '../../platform/did-you-mean.ts';
import { NireonError } from '../domain/errors.ts';
import { type ResourceName, resourceNames } from '../domain/resources.ts';

/** The value of a flag as a number; USAGE if it is none. */
export function numberFrom(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new NireonError('USAGE', `--${flag} must be a number, not "${text}"`);
  return value;
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `20m`, `1h30m`, `2d` in milliseconds. */
export function durationFrom(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) {
    throw new NireonError('USAGE', `--${flag} must be a time like 90s, 20m or 1h30m, not "${text}"`);
  }
  return Math.round(
    [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)].reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit!]!, 0),
  );
}

/** `llmCalls=60` and `usd=0.50` as limits. */
export function budgetFrom(texts: readonly string[]): Partial<Record<ResourceName, number>> {
  const limits: Partial<Record<ResourceName, number>> = {};
  const names = ['usd', ...resourceNames];
  for (const text of texts) {
    const [name, amount] = pair('budget', text);
    const value = Number(amount);
    if (!names.includes(name)) {
      const meant = didYouMean(name, names);
      throw new NireonError(
        'USAGE',
        `--budget knows no "${name}"${meant === undefined ? `; it knows ${names.join(', ')}` : `; did you mean ${meant}?`}`,
      );
    }
    if (amount.trim() === '' || !(value >= 0) || !Number.isFinite(value) || (name !== 'usd' && !Number.isInteger(value))) {
      throw new NireonError(
        'USAGE',
        `--budget ${name} must be ${name === 'usd' ? 'an amount like 0.50' : 'a whole number'}, not "${amount}"`,
      );
    }
    if (name === 'usd') limits.costMicroUsd = Math.round(value * 1e6);
    else limits[name as ResourceName] = value;
  }
  return limits;
}

/** `team=canteen` pairs. */
export function labelsFrom(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => pair('label', text)));
}

function pair(flag: string, text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new NireonError('USAGE', `--${flag} must be name=value, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}
