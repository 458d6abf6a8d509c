/**
 * Whether one version of a kind's objects is from before another. Kubernetes promises that they compare as whole numbers (KEP-5504); of
 * what is no number nothing is known, and nothing claimed.
 */
export function isOlder(version: string | undefined, than: string | undefined): boolean {
  if (version === undefined || than === undefined || !isNumber(version) || !isNumber(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}

const isNumber = (version: string): boolean => /^(0|[1-9][0-9]*)$/.test(version);
