/** Resolves as soon as the condition holds; after the deadline, throws with what was waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, deadlineMs = 15_000): Promise<void> {
  for (const end = Date.now() + deadlineMs; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > end) throw new Error(`in ${deadlineMs} ms it was never so that ${what}`);
  }
}
