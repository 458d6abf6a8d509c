import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The only value that a label takes for what is not in its set. */
export const other = 'other';

/** Maps any text to a value of a closed set. */
export type LabelSet = (value: string) => string;

/** The values of a list; anything else is `other`. */
export function knownLabels(values: Iterable<string>): LabelSet {
  const known = new Set(values);
  return (value) => (known.has(value) ? value : other);
}

/** The first so many different values that come; later ones are `other`. For names that the user chooses. */
export function firstLabels(limit: number, longest = 64): LabelSet {
  const seen = new Set<string>();
  return (value) => {
    if (seen.has(value)) return value;
    if (seen.size >= limit || value === '' || value.length > longest) return other;
    seen.add(value);
    return value;
  };
}

type LabelSets<Label extends string> = Readonly<Record<Label, LabelSet>>;
type Labels<Label extends string> = Readonly<Record<Label, string>>;

export interface BoundedCounter<Label extends string> {
  add(labels: Labels<Label>, amount?: number): void;
}
export interface BoundedGauge<Label extends string> {
  set(labels: Labels<Label>, value: number): void;
  /** Forgets all series: for gauges that are written anew as a whole. */
  reset(): void;
}
export interface BoundedHistogram<Label extends string> {
  observe(labels: Labels<Label>, value: number): void;
}

/**
 * Metrics whose labels can't run away: every label has its set, and a metric has at most so many combinations of labels (`limit`); what
 * comes later is counted with each label `other`. So no input can make the sum of series grow without end.
 */
export interface Metrics {
  readonly registry: Registry;
  readonly counter: <Label extends string>(name: string, help: string, labels: LabelSets<Label>, limit?: number) => BoundedCounter<Label>;
  readonly gauge: <Label extends string>(name: string, help: string, labels: LabelSets<Label>, limit?: number) => BoundedGauge<Label>;
  readonly histogram: <Label extends string>(
    name: string,
    help: string,
    labels: LabelSets<Label>,
    buckets: readonly number[],
    limit?: number,
  ) => BoundedHistogram<Label>;
}

export function createMetrics(registry: Registry = new Registry()): Metrics {
  const shape = <Label extends string>(name: string, help: string, labels: LabelSets<Label>) => ({
    name,
    help,
    labelNames: Object.keys(labels) as Label[],
    registers: [registry],
  });
  return {
    registry,
    counter(name, help, labels, limit = 60) {
      const counter = new Counter(shape(name, help, labels));
      const bound = bounded(labels, limit);
      if (Object.keys(labels).length === 0) counter.inc(0);
      return { add: (values, amount = 1) => counter.inc(bound(values), amount) };
    },
    gauge(name, help, labels, limit = 60) {
      const gauge = new Gauge(shape(name, help, labels));
      const bound = bounded(labels, limit);
      return { set: (values, value) => gauge.set(bound(values), value), reset: () => gauge.reset() };
    },
    histogram(name, help, labels, buckets, limit = 12) {
      const histogram = new Histogram({ ...shape(name, help, labels), buckets: [...buckets] });
      const bound = bounded(labels, limit);
      return { observe: (values, value) => histogram.observe(bound(values), value) };
    },
  };
}

function bounded<Label extends string>(labels: LabelSets<Label>, limit: number): (values: Labels<Label>) => Record<Label, string> {
  const names = Object.keys(labels) as Label[];
  const rest = Object.fromEntries(names.map((name) => [name, other])) as Record<Label, string>;
  const seen = new Map<string, Record<Label, string>>();
  return (values) => {
    const raw = names.map((name) => labels[name](values[name]));
    const key = raw.join('\0');
    const known = seen.get(key);
    if (known !== undefined) return known;
    if (seen.size >= limit) return rest;
    const mapped = Object.fromEntries(names.map((name, i) => [name, raw[i]])) as Record<Label, string>;
    seen.set(key, mapped);
    return mapped;
  };
}

/** The nodejs_* and process_* metrics of prom-client. */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}
