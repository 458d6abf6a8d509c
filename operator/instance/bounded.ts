import { z } from 'zod';

/** A rule of the API server's own language (CEL), and what it says when it is broken. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

/** What `crd.ts` writes beside a schema. The API server checks the rules; here they are only carried. */
export const checkedBy = (...rules: readonly CelRule[]) => ({ 'x-kubernetes-validations': rules });

/** Text from `min` to `max` characters. */
export const text = (min: number, max: number, says: string) => z.string().min(min).max(max).describe(says);

export const whole = (min: number, max: number, says: string) => z.int().min(min).max(max).describe(says);

/** A map of at most `max` entries, by names of the user's choice. */
export const mapOf = <T extends z.ZodType>(value: T, max: number, says: string) =>
  z
    .record(z.string(), value)
    .refine((map) => Object.keys(map).length <= max, `at most ${max} entries`)
    .describe(says)
    .meta({ maxProperties: max });

/** Kubernetes does not look into it: what it holds is checked where it is used. */
export const free = (says: string) =>
  z.record(z.string(), z.unknown()).describe(says).meta({ 'x-kubernetes-preserve-unknown-fields': true });

/** A key of a Secret in the instance's namespace. */
export const secretKey = (key: string, says: string) =>
  z
    .strictObject({
      name: text(1, 253, 'Name of the Secret, in the namespace of the instance'),
      key: text(1, 253, 'Key in the Secret').default(key),
    })
    .describe(says);

/** The same, of a Secret whose keys are as many as its user likes. */
export const namedSecretKey = (says: string) =>
  z
    .strictObject({
      name: text(1, 253, 'Name of the Secret, in the namespace of the instance'),
      key: text(1, 253, 'Key in the Secret'),
    })
    .describe(says);

/** A number, or a share as `25%`. */
export const countOrPercent = (says: string) =>
  z
    .union([z.int().min(0), z.string().regex(/^(100|[1-9]?[0-9])%$/)])
    .describe(says)
    .meta({ 'x-kubernetes-int-or-string': true, pattern: '^(100|[1-9]?[0-9])%$', maxLength: 4 });

const quantityPattern =
  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$';
/** An amount as Kubernetes writes it: `250m`, `1Gi`. */
export const quantities = (says: string) =>
  mapOf(
    z
      .union([z.int(), z.string().regex(new RegExp(quantityPattern))])
      .describe('An amount, as 250m or 1Gi')
      .meta({ 'x-kubernetes-int-or-string': true, pattern: quantityPattern, maxLength: 63 }),
    8,
    says,
  );
