import type { Family } from '../moves.ts';

/** Moves that learn by trying. */
export const trial: Family = {
  moves: [
    {
      name: 'compete',
      titles: ['Two answers to {t}', '{t}, side by side'],
      opens: [
        'Run two ways of dealing with {T} side by side for {m} weeks, one as today and one shaped like {A}.',
        'Let two groups answer {T} in their own way for {m} weeks, one of them by the rules of {A}, and keep the better half of each.',
      ],
    },
    {
      name: 'many starts',
      titles: ['{n} small starts for {t}', 'Tiny beginnings for {t}'],
      opens: [
        'Begin in {n} places at once, each with a different small answer to {T}; as with {A}, only the two strongest grow on.',
        'Make {n} tiny attempts at {T} in a week in place of a great one in a year, scattered like {A}.',
      ],
    },
    {
      name: 'rehearse',
      titles: ['The worst day of {t}', '{t}, rehearsed once'],
      opens: [
        'Rehearse the worst day of {T} once, without consequences, with {A} as the script.',
        'Play {T} through at a table before anything is built: {W} take the parts, and {A} sets the rules.',
      ],
    },
    {
      name: 'end date',
      titles: ['{t} with an end date', 'Rules for {t} that expire'],
      opens: [
        'Give every rule about {T} an end date; only what earns its place, as in {A}, is renewed.',
        'Each custom around {T} runs out after {m} weeks unless somebody speaks for it, on the model of {A}.',
      ],
    },
    {
      name: 'blank sheet',
      titles: ['{t} from a blank sheet', 'A week without rules for {t}'],
      opens: [
        'Start on {T} from a blank sheet for one week: keep only what people ask back, and arrange that like {A}.',
        'Drop every custom around {T} for {d} days and bring back only what is missed, one piece at a time, like {A}.',
      ],
    },
  ],
  workings: [
    'Lots decide who gets which version; {W} write down the result of each case before they know the total.',
    '{W} set up {n} corners with a sheet and a pen, and after {d} days the emptiest sheet is taken down.',
    'Each attempt may cost {h} hours and no money; {W} show what came of it on Friday, finished or not.',
    '{W} agree beforehand which number would make them stop, and hang it up{at}.',
    'After {c} cases {W} compare, keep what worked, and start the next round with one change only.',
    'A newcomer keeps the notes, {W} run the attempt, and the two read the notes together at the end.',
  ],
  rules: [
    'the weaker half ends after {m} weeks without a debate',
    'what failed is written down before anything new begins',
    'nobody is told beforehand which version is the favourite',
    'each round changes one thing and leaves the rest',
  ],
};
