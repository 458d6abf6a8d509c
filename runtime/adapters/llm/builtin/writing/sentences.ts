/** Ways to bring in a second concept, {B}, with a rule. */
export const bridges: readonly string[] = [
  'From {B} it takes a second rule: {rule}.',
  'As with {B}, {rule}.',
  'The hard cases are handled like {B}: {rule}.',
  'One more thing can be learned from {B}: {rule}.',
  'With {B} in mind, {rule}.',
];

/**
 * What it does for the objective and how one would know. {aim} stands behind "to"; {G} is what the objective speaks of, {limit} what it rules
 * out, {p} a percentage.
 */
export const ends = {
  /** For an aim that can be followed by a measure. */
  measured: [
    'If that does not {aim} by {p} percent within {m} weeks, the old way comes back.',
    'It stays if it helps to {aim} by {p} percent; a count before and one after {m} weeks will tell.',
    'To {aim} by {p} percent within {m} weeks would be enough to go on; anything less ends the trial.',
  ],
  any: [
    'If {m} weeks of this do not help to {aim}, it ends and the notes go to the next attempt.',
    'A change of {p} percent in the daily count after {m} weeks would show that it helps to {aim}.',
    'The cost is about {h} hours a week and a few things that are at hand; the gain is a new way to {aim}.',
    'What may fail first is the habit, so after {d} days a quick check shows whether it still helps to {aim}.',
    'Try it in one corner for {d} days; if it does nothing to {aim}, only {h} hours are lost.',
    'Half of the effect should show within {d} days; if it does not, this was not the way to {aim}.',
    'Compare {G} before and after {m} weeks, with one corner left as it was, and keep the better half.',
    'It needs no permission and {h} hours to begin; what it does for {G} is written down from the first day.',
    'If it goes wrong, everything can be put back within a day, and {G} can wait for the next idea.',
    'It is a small change, made so that people can {aim} with what they have.',
  ],
  burden: [
    'Whether it works is read off {G}, counted on the same weekday for {m} weeks.',
    'The first sign of success is a day on which nobody mentions {G}.',
    'A drop of {p} percent in {G} within {m} weeks pays for the {h} hours that it takes each week.',
  ],
  limited: [
    'All of this can {aim} {limit}, and if it fails within {m} weeks it can be undone in a day.',
    'It works {limit}: the people and things are there already, and a trial of {d} days costs {h} hours.',
    'Done {limit}, it should {aim} by the end of {m} weeks; a count at both ends shows whether it did.',
    'Since it is to work {limit}, it starts with what is at hand and ends if {G} has not changed in {m} weeks.',
  ],
} as const;

/** Where an idea comes from: {parent} is the title of what it grew from, {domain} the field that lends to it. */
export const leads = {
  near: ['Keep “{parent}” and change one thing.', 'This leaves “{parent}” as it is and adds a piece.', 'Take “{parent}” one turn further.'],
  medium: ['A step on from “{parent}”.', 'The purpose of “{parent}” stays, the means are new.', 'Start from “{parent}”.'],
  field: [
    'The pattern comes from {domain}.',
    'Ask how {domain} would go about it.',
    'Here {domain} has something to lend.',
    'Seen from {domain}, there is another way.',
  ],
  fieldMainly: ['Rebuild it as {domain} would.', 'Hand the whole matter over to {domain} for a moment.'],
} as const;

/** Stand in for what seed, objective and material do not name. */
export const standIns = {
  actors: [
    'two people on duty',
    'those who are there anyway',
    'a few regulars',
    'the people closest to it',
    'two newcomers and one old hand',
  ],
  concepts: ['a shared list', 'a coloured card', 'a waiting room', 'a relay race', 'a tide table', 'a spare key'],
} as const;
