import type { Manifest } from '../resources/metadata.ts';
import { annotations } from '../resources/metadata.ts';
import type { Child } from './snapshot.ts';

type Json = Readonly<Record<string, unknown>>;

/** Whether a child has to be written: something else was applied last, or a value is no longer what was. */
export function differs({ object: wanted }: Manifest, { object: live }: Child): boolean {
  const applied = (of: Json): unknown => ((of['metadata'] as Json)['annotations'] as Json | undefined)?.[annotations.applied];
  return applied(wanted) !== applied(live) || !holds(live, wanted);
}

/** Whether everything wanted is there. What the server drops because it says nothing is as good as there. */
function holds(live: unknown, wanted: unknown): boolean {
  if (isEmpty(wanted) && (live === undefined || live === null)) return true;
  if (Array.isArray(wanted)) {
    return Array.isArray(live) && live.length === wanted.length && wanted.every((item, at) => holds(live[at], item));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    if (typeof live !== 'object' || live === null) return isEmpty(wanted);
    return Object.entries(wanted).every(([key, value]) => holds((live as Json)[key], value));
  }
  return live === wanted || sameQuantity(live, wanted);
}

const isEmpty = (value: unknown): boolean =>
  value === false ||
  value === 0 ||
  value === '' ||
  value === undefined ||
  (typeof value === 'object' && value !== null && Object.values(value).every(isEmpty) && Object.keys(value).length === 0);

const units: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** `1000m` and `1` are one amount; the server writes the shortest. */
function sameQuantity(a: unknown, b: unknown): boolean {
  const [left, right] = [amountOf(a), amountOf(b)];
  return left !== undefined && right !== undefined && Math.abs(left - right) <= Math.abs(left) * 1e-12;
}

function amountOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const [, digits, unit = ''] = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]{0,2})$/.exec(value) ?? [];
  const factor = units[unit];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
