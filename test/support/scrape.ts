export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Lines of the family, histograms' `_bucket`, `_sum` and `_count` included. */
  readonly series: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Reads Prometheus' text format, strictly: a sample without HELP and TYPE before it is an error. */
export function readScrape(text: string): Map<string, Family> {
  const families = new Map<string, { name: string; type: string; help: string; series: Family['series'][number][] }>();
  let current: { name: string; type: string; help: string; series: Family['series'][number][] } | undefined;
  for (const line of text.split('\n')) {
    const help = /^# HELP (\S+) (.+)$/.exec(line);
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line);
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (help) {
      if (families.has(help[1]!)) throw new Error(`${help[1]} stands twice`);
      current = { name: help[1]!, help: help[2]!, type: '', series: [] };
      families.set(current.name, current);
    } else if (type && current !== undefined && current.name === type[1]) current.type = type[2]!;
    else if (sample && current !== undefined && current.type !== '' && sample[1]!.startsWith(current.name)) {
      const labels = Object.fromEntries([...(sample[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((m) => [m[1]!, m[2]!]));
      current.series.push({ name: sample[1]!, labels, value: Number(sample[3]) });
    } else if (line !== '') throw new Error(`not expected here: ${line}`);
  }
  return families;
}
