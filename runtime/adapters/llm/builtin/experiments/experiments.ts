/** A claim with figures that a program can contradict, and the program. */
export interface Experiment {
  readonly name: string;
  /** Finds the claim's sentence and its figures, in the order of `figures`. */
  readonly pattern: RegExp;
  readonly figures: readonly string[];
  /** What the program takes for granted. */
  readonly assumes: string;
  /** The body of main(inputs); `draw()` is uniform in [0, 1) from a fixed seed. It sets `measured` and `wanted`. */
  readonly javascript: string;
  readonly python: string;
}

const number = String.raw`(\d{1,2})(?!\d)`;
const pattern = (text: string): RegExp => new RegExp(text.replaceAll('#', number), 'iu');

/** The claims that this writer puts into its ideas, each with a simulation that may come out either way. */
export const experiments: readonly Experiment[] = [
  {
    name: 'waves',
    pattern: pattern('spread over # waves, the longest line [^.]*? by at least # percent'),
    figures: ['waves', 'percent'],
    assumes: '600 arrivals within one hour or within one hour for each wave, four hours apart, and a service of one minute',
    javascript: `
  const longest = (waves) => {
    let line = 0, most = 0;
    for (let minute = 0; minute < waves * 240; minute++) {
      if (minute % 240 < 60) for (let i = 0; i < 600; i++) if (draw() < 1 / (60 * waves)) line++;
      most = Math.max(most, line);
      line = Math.max(0, line - 1);
    }
    return most;
  };
  let one = 0, many = 0;
  for (let day = 0; day < 10; day++) { one += longest(1); many += longest(inputs.waves); }
  const measured = 100 * (1 - many / one), wanted = inputs.percent;`,
    python: `
    def longest(waves):
        line, most = 0, 0
        for minute in range(waves * 240):
            if minute % 240 < 60:
                line += sum(1 for _ in range(600) if draw() < 1 / (60 * waves))
            most = max(most, line)
            line = max(0, line - 1)
        return most
    one = many = 0
    for day in range(10):
        one += longest(1)
        many += longest(inputs["waves"])
    measured, wanted = 100 * (1 - many / one), inputs["percent"]`,
  },
  {
    name: 'one line',
    pattern: pattern('one line in front of # places should cut the mean wait by at least # percent against \\d+ separate lines'),
    figures: ['places', 'percent'],
    assumes: 'random arrivals, random service times, places busy for four fifths of the time, and nobody changing lines',
    javascript: `
  const after = (mean) => -mean * Math.log(1 - draw());
  const wait = (shared) => {
    const free = Array.from({ length: inputs.places }, () => 0);
    let now = 0, total = 0;
    for (let i = 0; i < 40000; i++) {
      now += after(1 / (0.8 * inputs.places));
      const place = shared ? free.indexOf(Math.min(...free)) : Math.floor(draw() * inputs.places);
      const start = Math.max(now, free[place]);
      total += start - now;
      free[place] = start + after(1);
    }
    return total;
  };
  const measured = 100 * (1 - wait(true) / wait(false)), wanted = inputs.percent;`,
    python: `
    def after(mean):
        return -mean * math.log(1 - draw())
    def wait(shared):
        free, now, total = [0.0] * inputs["places"], 0.0, 0.0
        for _ in range(40000):
            now += after(1 / (0.8 * inputs["places"]))
            place = free.index(min(free)) if shared else int(draw() * inputs["places"])
            start = max(now, free[place])
            total += start - now
            free[place] = start + after(1)
        return total
    measured, wanted = 100 * (1 - wait(True) / wait(False)), inputs["percent"]`,
  },
  {
    name: 'sample',
    pattern: pattern('one check in # should find a fault that sits in every fifth case within # cases'),
    figures: ['every', 'cases'],
    assumes: 'faults that strike one case in five at random, and checks drawn by lot',
    javascript: `
  let found = 0;
  for (let round = 0; round < 4000; round++) {
    let seen = false;
    for (let i = 0; i < inputs.cases; i++) if (draw() < 1 / inputs.every && draw() < 0.2) seen = true;
    if (seen) found++;
  }
  const measured = found / 40, wanted = 90;`,
    python: `
    found = 0
    for _ in range(4000):
        if any([draw() < 1 / inputs["every"] and draw() < 0.2 for _ in range(inputs["cases"])]):
            found += 1
    measured, wanted = found / 40, 90`,
  },
  {
    name: 'reserve',
    pattern: pattern('two bad cases on a usual day, a reserve of # should last through every day'),
    figures: ['reserve'],
    assumes: 'bad cases that come at random, two a day on average, and a reserve that is full again each morning of five days',
    javascript: `
  let weeks = 0;
  for (let week = 0; week < 2000; week++) {
    let lasts = true;
    for (let day = 0; day < 5; day++) {
      let bad = 0;
      for (let i = 0; i < 100; i++) if (draw() < 0.02) bad++;
      if (bad > inputs.reserve) lasts = false;
    }
    if (lasts) weeks++;
  }
  const measured = weeks / 20, wanted = 90;`,
    python: `
    weeks = 0
    for _ in range(2000):
        bad = [sum(1 for _ in range(100) if draw() < 0.02) for _ in range(5)]
        if max(bad) <= inputs["reserve"]:
            weeks += 1
    measured, wanted = weeks / 20, 90`,
  },
];

/** The whole program in a dialect: a fixed random sequence, the simulation, and whether the figure measured is the one wanted. */
export function programOf({ assumes, javascript, python }: Pick<Experiment, 'assumes' | 'javascript' | 'python'>, dialect: string): string {
  return dialect === 'python'
    ? `# Assumes ${assumes}.
import math

def main(inputs):
    state = [20260101]
    def draw():
        state[0] = (state[0] * 1664525 + 1013904223) % 4294967296
        return state[0] / 4294967296${python}
    return {"measured": measured, "wanted": wanted, "holds": measured >= wanted}
`
    : `// Assumes ${assumes}.
function main(inputs) {
  let state = 20260101;
  const draw = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;${javascript}
  return { measured, wanted, holds: measured >= wanted };
}
`;
}
