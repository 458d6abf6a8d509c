const mask = '********';

/**
 * Shapes of secrets that are recognised wherever they stand: user names and passwords in addresses, bearer and basic credentials, keys of
 * well-known services, private keys, JSON web tokens, and `password=…` and its kind.
 */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]{1,31}:\/\/)[^\s/?#"'@]*:[^\s/"'@]*@/gi, `$1${mask}@`],
  [/\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}/gi, `$1 ${mask}`],
  [/\b(sk|pk|rk)[-_][A-Za-z0-9_-]{12,}/g, mask],
  [/\b(gh[pousr]|github_pat|glpat|xox[abprs]|hf|npm)[-_][A-Za-z0-9_-]{12,}/g, mask],
  [/\bAIza[A-Za-z0-9_-]{30,}/g, mask],
  [/\bA(KIA|SIA)[A-Z0-9]{16}\b/g, mask],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, mask],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(-----END [A-Z ]*PRIVATE KEY-----)?/g, mask],
  [
    /(?<head>(?:password|passwd|passphrase|secret|(?:api|access|account|private|secret)[-_]?key|(?:\b|_|auth|access|refresh)token|authorization)(?:\\*["'])?\s*[=:]\s*(?:\\*["'])?)(?!\*{8})[^\s"'\\,;&}]{4,}/gi,
    `$<head>${mask}`,
  ],
];

/**
 * Masks secrets in a text: each of those given, as it stands and as JSON and addresses write it, and what has the shape of one.
 * Given ones shorter than 6 characters are left alone: they would mask ordinary words.
 */
export function createRedactor(secrets: Iterable<string>): (text: string) => string {
  const known = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < 6) continue;
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]) known.add(form);
  }
  const literal = [...known].sort((a, b) => b.length - a.length).map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  const given = literal.length === 0 ? undefined : new RegExp(literal.join('|'), 'g');
  return (text) => {
    const left = given === undefined ? text : text.replace(given, mask);
    return shapes.reduce((rest, [shape, replacement]) => rest.replace(shape, replacement), left);
  };
}
