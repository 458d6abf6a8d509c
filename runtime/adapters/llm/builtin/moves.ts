/** What a sentence of a move may speak of. `topic` is quoted; `a` and `b` are concepts with their article. */
export interface Slots {
  /** A phrase of the seed, in quotation marks. */
  readonly topic: string;
  /** A phrase of the objective, in quotation marks. */
  readonly goal: string;
  /** A concept to go toward, with and without its article. */
  readonly a: string;
  readonly bareA: string;
  readonly b: string;
  readonly bareB: string;
}

/** An inventive move: how a title and the first sentence of an idea say it. */
export interface Move {
  readonly name: string;
  title(s: Slots): string;
  says(s: Slots): string;
}

const move = (name: string, title: Move['title'], says: Move['says']): Move => ({ name, title, says });

/** The moves: ways in which ideas are changed, with nothing in them about any subject. */
export const moves: readonly Move[] = [
  move(
    'split',
    (s) => `${s.topic}, split by ${s.bareA}`,
    (s) => `Split ${s.topic} in two and let ${s.a} decide which part comes first.`,
  ),
  move(
    'merge',
    (s) => `One ${s.bareA} for ${s.topic}`,
    (s) => `Merge what now happens separately around ${s.topic} into one ${s.bareA}, so that nobody does the same work twice.`,
  ),
  move(
    'invert',
    (s) => `${s.topic} upside down`,
    (s) => `Turn ${s.topic} around: begin where it ends today, and let ${s.a} carry the first step.`,
  ),
  move(
    'borrow',
    (s) => `${s.bareA} for ${s.topic}`,
    (s) => `Borrow ${s.a} and put it to work on ${s.topic}, with the same rules that make it work at home.`,
  ),
  move(
    'make visible',
    (s) => `${s.topic} on the wall`,
    (s) => `Make ${s.topic} visible to everyone who passes, the way ${s.a} shows its state at a glance.`,
  ),
  move(
    'price',
    (s) => `A price on ${s.topic}`,
    (s) => `Put a small price on ${s.topic} and pay it out again through ${s.a} to those who need less of it.`,
  ),
  move(
    'shift in time',
    (s) => `${s.topic}, an hour earlier`,
    (s) => `Move ${s.topic} to a quieter hour, and use ${s.a} to carry over what cannot wait.`,
  ),
  move(
    'queue',
    (s) => `${s.topic} in one line`,
    (s) => `Give ${s.topic} a single waiting line in place of many, ordered like ${s.a}.`,
  ),
  move(
    'rotate',
    (s) => `${s.topic} by rota`,
    (s) => `Hand ${s.topic} to a different group each week, with ${s.a} as the handover.`,
  ),
  move(
    'lend',
    (s) => `${s.topic} on loan`,
    (s) => `Lend what ${s.topic} needs instead of owning it, and track each loan with ${s.a}.`,
  ),
  move(
    'insure',
    (s) => `Cover for ${s.topic}`,
    (s) => `Insure ${s.topic} against its worst week: everyone puts in a little, and ${s.a} says when it pays out.`,
  ),
  move(
    'sample',
    (s) => `${s.topic} by sample`,
    (s) => `Stop checking all of ${s.topic}; check one case in ten, chosen by ${s.a}, and act on what it shows.`,
  ),
  move(
    'shrink',
    (s) => `${s.topic} in small`,
    (s) => `Make the unit of ${s.topic} five times smaller, and let ${s.a} put the pieces together.`,
  ),
  move(
    'enlarge',
    (s) => `${s.topic} for the street`,
    (s) => `Do ${s.topic} for a whole neighbourhood at once, with ${s.a} to share what it costs.`,
  ),
  move(
    'remove a step',
    (s) => `${s.topic} without the middle`,
    (s) => `Leave out the middle step of ${s.topic} and let ${s.a} catch what that step used to catch.`,
  ),
  move(
    'add a gate',
    (s) => `A gate before ${s.topic}`,
    (s) => `Put one gate before ${s.topic}: ${s.a} that takes ten seconds and turns back what is not ready.`,
  ),
  move(
    'default',
    (s) => `${s.topic} by default`,
    (s) => `Make the better form of ${s.topic} what happens when nobody chooses, and keep ${s.a} for those who want otherwise.`,
  ),
  move(
    'loop back',
    (s) => `What ${s.topic} leaves behind`,
    (s) => `Feed what is left over from ${s.topic} back to its start by way of ${s.a}.`,
  ),
  move(
    'delegate',
    (s) => `${s.topic} in other hands`,
    (s) => `Let the people who feel the result decide about ${s.topic}, with ${s.a} to keep it fair.`,
  ),
  move(
    'pair',
    (s) => `Pairs for ${s.topic}`,
    (s) => `Pair everyone who is new to ${s.topic} with somebody who is not, as ${s.a} pairs two unlike parts.`,
  ),
  move(
    'compete',
    (s) => `Two ways of ${s.topic}`,
    (s) => `Run two versions of ${s.topic} side by side for a month and let ${s.a} show which one stays.`,
  ),
  move(
    'freeze',
    (s) => `${s.topic}, frozen for a week`,
    (s) => `Freeze all changes to ${s.topic} for a week in each month, and use ${s.a} to mend what has piled up.`,
  ),
  move(
    'cap',
    (s) => `A ceiling for ${s.topic}`,
    (s) => `Set a ceiling for ${s.topic} and let ${s.a} hand out what is left below it.`,
  ),
  move(
    'swap roles',
    (s) => `${s.topic} with roles swapped`,
    (s) => `Swap giver and taker in ${s.topic} one day a week; ${s.a} records what each side learns.`,
  ),
  move(
    'nest',
    (s) => `${s.topic} inside ${s.bareA}`,
    (s) => `Put ${s.topic} inside something people do anyway, as ${s.a} sits inside a larger whole.`,
  ),
  move(
    'buffer',
    (s) => `A buffer beside ${s.topic}`,
    (s) => `Keep a small buffer beside ${s.topic}, filled on good days and emptied on bad ones by ${s.a}.`,
  ),
  move(
    'label',
    (s) => `${s.topic} with a label`,
    (s) => `Label every piece of ${s.topic} with one honest number, read off ${s.a}.`,
  ),
  move(
    'anonymise',
    (s) => `${s.topic} without names`,
    (s) => `Take the names off ${s.topic}, so that ${s.a} is judged and not the person.`,
  ),
  move(
    'ritual',
    (s) => `Five minutes for ${s.topic}`,
    (s) => `Give ${s.topic} five fixed minutes a day that open with ${s.a} and end with one decision.`,
  ),
  move(
    'mark',
    (s) => `${s.topic} with marked paths`,
    (s) => `Mark the path that most people take through ${s.topic}, and build ${s.a} exactly there.`,
  ),
  move(
    'substitute',
    (s) => `${s.bareA} in place of ${s.topic}`,
    (s) => `Replace the scarcest part of ${s.topic} with ${s.a}, which is already at hand.`,
  ),
  move(
    'stagger',
    (s) => `${s.topic} in waves`,
    (s) => `Let ${s.topic} come in three waves in place of one peak, each called by ${s.a}.`,
  ),
  move(
    'seal',
    (s) => `${s.topic} under seal`,
    (s) => `Close ${s.topic} with a seal that anyone may break but nobody can mend, like ${s.a}.`,
  ),
  move(
    'mirror',
    (s) => `A mirror for ${s.topic}`,
    (s) => `Show everyone in ${s.topic} their own figure beside that of ${s.a}, without names and without comment.`,
  ),
  move(
    'seed many',
    (s) => `Ten small starts for ${s.topic}`,
    (s) => `Begin ${s.topic} in ten places at once, each tiny, and let ${s.a} pick the two that grow.`,
  ),
  move(
    'guard the start',
    (s) => `${s.topic}, from the first day`,
    (s) => `Spend the effort of ${s.topic} on its first day, when ${s.a} can still change its course.`,
  ),
  move(
    'exchange',
    (s) => `An exchange for ${s.topic}`,
    (s) => `Open an exchange where too much and too little of ${s.topic} find each other through ${s.a}.`,
  ),
  move(
    'expire',
    (s) => `${s.topic} with an end date`,
    (s) => `Give every rule about ${s.topic} an end date, and let ${s.a} decide which are renewed.`,
  ),
  move(
    'listen',
    (s) => `${s.topic} that listens`,
    (s) => `Let ${s.topic} react to what it hears: ${s.a} gives the signal and the pace changes within the hour.`,
  ),
  move(
    'unbundle',
    (s) => `${s.topic} à la carte`,
    (s) => `Offer the parts of ${s.topic} one by one, and use ${s.a} to see which of them anybody wants.`,
  ),
  move(
    'carry together',
    (s) => `${s.topic} on many shoulders`,
    (s) => `Share out ${s.topic} so that no single absence stops it; ${s.a} shows who carries what.`,
  ),
  move(
    'rehearse',
    (s) => `A dry run of ${s.topic}`,
    (s) => `Rehearse ${s.topic} once without consequences, as ${s.a} is tried before it counts.`,
  ),
];

/** How it works day by day. */
export const mechanisms: readonly ((s: Slots, n: number) => string)[] = [
  (s, n) => `A crew of ${n} sets it up, and ${s.b} tells them each evening what to change.`,
  (s, n) => `Each week ${n} people take a turn, and ${s.b} hands the work from one to the next.`,
  (s) => `The first step costs an hour: list what there is, then tie it to ${s.b} so that nothing is counted twice.`,
  (s, n) => `It starts with ${n} places that agreed to try, linked by ${s.b} and one shared sheet.`,
  (s) => `Whoever takes part sees their own share at once, because ${s.b} feeds it back the same day.`,
  (s, n) => `When the count passes ${n * 10}, ${s.b} slows the intake; when it falls, the gate opens again.`,
  (s) => `One person keeps the list, another checks it against ${s.b}, and both sign.`,
  (s, n) => `A plain rule does the work: after ${n} cases ${s.b} is read, and the next step follows from the figure.`,
  (s) => `The parts are at hand already; only ${s.b} has to be added, and a volunteer can learn it in a morning.`,
  (s, n) => `Every ${n} days the slowest part is exchanged, and ${s.b} keeps a note of what it was.`,
  (s) => `Nobody needs permission to begin, since ${s.b} sets the bounds and everything inside them is allowed.`,
  (s, n) => `Those who save more than ${n} percent pass on how, and ${s.b} spreads it to the rest.`,
];

/** What it does for the objective, and how one would know. */
export const effects: readonly ((s: Slots, n: number) => string)[] = [
  (s, n) => `That should move ${s.goal} by ${n} percent within a month; if it does not, the trial ends.`,
  (s) => `It serves ${s.goal} directly, because the cause is met before it grows.`,
  (s, n) => `Compare ${s.goal} before and after over ${n} weeks, with one place left as it was.`,
  (s) => `If it fails, only ${s.bareB} has to be undone, and ${s.goal} stands where it stood.`,
  (s, n) => `The risk is small: at most ${n} cases go wrong before the weekly check of ${s.goal} shows it.`,
  (s) => `What it changes in ${s.goal} can be counted by anyone who walks past.`,
  (s, n) => `Half of the effect on ${s.goal} comes in the first ${n} days, while everyone still looks.`,
  (s) => `It asks nothing new of anyone but attention, and ${s.goal} gains from each day it runs.`,
  (s, n) => `A cheap test comes first: ${n} days in one corner, and ${s.goal} measured at both ends.`,
  (s) => `Because those who cause the trouble also see it, ${s.goal} improves without a rule from above.`,
];
