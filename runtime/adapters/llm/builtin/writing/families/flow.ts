import type { Family } from '../moves.ts';

/** Moves that change when and in which order things come. */
export const flow: Family = {
  moves: [
    {
      name: 'stagger',
      fits: ['burden', 'things'],
      titles: ['{t} in {n} waves', 'Waves for {t}, after {A}'],
      opens: [
        'Let {T} come in {n} waves in place of one peak, each opened by a signal, on the model of {A}.',
        'One great peak of {t} becomes {n} small ones: as with {A}, each begins only when the one before has ebbed.',
      ],
      claim: 'Spread over {n} waves, the longest line of the day should shrink by at least {q} percent.',
    },
    {
      name: 'shift in time',
      titles: ['{t} at the quiet hour', '{t}, {n} hours earlier'],
      opens: [
        'Move whatever can be moved of {T} to the quietest hour of the day, and sort out what cannot in the manner of {A}.',
        'Half of the work on {T} can be done before anyone arrives: like {A}, it starts {n} hours ahead of the rush.',
      ],
    },
    {
      name: 'one line',
      fits: ['burden', 'things'],
      titles: ['One line for {t}', '{t} in a single line'],
      opens: [
        'Give {T} a single line in place of many, and take the order of turns from {A}.',
        'There is one line for {T} from now on, not several side by side, and it moves up the way {A} does.',
      ],
      claim: 'One line in front of {n} places should cut the mean wait by at least {q} percent against {n} separate lines.',
    },
    {
      name: 'batch',
      fits: ['burden', 'things'],
      titles: ['{t} in batches', 'Batches of {t}, {n} times a day'],
      opens: [
        'Deal with {T} in batches, {n} times a day, and let {A} be the guide to what belongs together.',
        'Single cases of {t} are not touched any more; they are gathered and handled {n} times a day, much like {A}.',
      ],
    },
    {
      name: 'fast lane',
      titles: ['A fast lane for {t}', '{t} on two tracks'],
      opens: [
        'Open a fast lane for the simple half of the work on {T} and a careful one for the rest; what counts as simple is decided as with {A}.',
        'Half of all trouble with {T} is simple: it gets a lane of its own, kept as free as {A}.',
      ],
    },
    {
      name: 'pull',
      fits: ['thing', 'things'],
      titles: ['{t} on demand', '{t} by pull, not push'],
      opens: [
        'Nothing about {T} is pushed along any more: each step asks for the next piece when it is free, as in {A}.',
        'Turn the direction of {T} around, so that the end of the line calls for work and the start only answers, on the pattern of {A}.',
      ],
    },
  ],
  workings: [
    '{W} open the next round only when the last one is cleared, and a board{at} shows which round is on.',
    'Every {d} minutes {W} clear what has gathered, so that nothing waits for longer than one round.',
    '{W} count at the start of each hour: above {c} cases the next batch is held back, below it the gate opens.',
    'First come the cases that take under a minute; {W} do those at once and leave the rest for a fixed hour.',
    'Each morning {W} lay out the first {c} cases in order, so that the day starts without a question.',
    'A clock{at} counts down to the next start, and {W} begin on the stroke, whatever is missing.',
  ],
  rules: [
    'whatever has waited for more than {h} hours goes first',
    'nothing new begins before the last round is cleared',
    'two are always made ready before one is needed',
    'a simple case never stands behind a hard one',
  ],
};
