import { z } from 'zod';

/** What `nireon` leaves in the termination message when it ends: of a migration always, else when it failed. */
const reportSchema = z.object({
  code: z.string(),
  message: z.string(),
  retryable: z.boolean(),
  problems: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
  schema: z.object({ version: z.number() }).optional(),
});
export type Report = z.infer<typeof reportSchema>;

/** Undefined where the last words are none of ours: a log's end, or nothing. */
export function reportIn(lastWords: string | undefined): Report | undefined {
  if (lastWords === undefined) return undefined;
  try {
    return reportSchema.safeParse(JSON.parse(lastWords)).data;
  } catch {
    return undefined;
  }
}

/** One line for people: of a report its code and message, else the last line. */
export function messageIn(lastWords: string | undefined): string {
  const report = reportIn(lastWords);
  if (report !== undefined) return `${report.code}: ${report.message}`;
  return (lastWords ?? '').trim().split('\n').at(-1)!.slice(0, 160);
}
