import type { Family } from '../moves.ts';

/** Moves that prepare for bad days. */
export const guard: Family = {
  moves: [
    {
      name: 'buffer',
      titles: ['A reserve beside {t}', '{t} with a buffer'],
      opens: [
        'Keep a small reserve beside {T}, filled on good days and drawn on bad ones, like {A}.',
        'Good days carry bad ones: what is spare around {T} is put aside in small amounts, as in {A}.',
      ],
      claim: 'With two bad cases on a usual day, a reserve of {n} should last through every day of the week in nine weeks of ten.',
    },
    {
      name: 'ceiling',
      fits: ['burden', 'things'],
      titles: ['A ceiling for {t}', '{t} up to here'],
      opens: [
        'Set a ceiling for {T}, and share out what lies below it by the rule of {A}.',
        'Draw one line that {T} must not cross, and make the approach to it as plain as {A}.',
      ],
    },
    {
      name: 'gate',
      titles: ['A gate before {t}', 'Ten seconds before {t}'],
      opens: [
        'Put one gate before {T}: a check of ten seconds, modelled on {A}, that turns back what is not ready.',
        'Most trouble with {T} walks in by the front door; a check of ten seconds{at}, made like {A}, stops it there.',
      ],
    },
    {
      name: 'freeze',
      fits: ['thing', 'things'],
      titles: ['{t}, frozen for a week', 'A quiet week for {t}'],
      opens: [
        'In one week out of {n}, change nothing about {T} and mend what has piled up, in the order of {A}.',
        'Give {T} a week of rest in every {n}: no novelty, only repairs, in the calm of {A}.',
      ],
    },
    {
      name: 'default',
      fits: ['gain', 'thing', 'things'],
      titles: ['{t} by default', 'The better {t}, unless you object'],
      opens: [
        'Make the better handling of {T} what happens when nobody chooses, and leave a way out that is marked like {A}.',
        'Whoever says nothing gets the new treatment of {T}; a way out stays open, as with {A}.',
      ],
    },
    {
      name: 'second way',
      titles: ['A second way around {t}', 'Plan B for {t}'],
      opens: [
        'Prepare a second, simpler way around {T} for the day when the first one fails, on the model of {A}.',
        'Do not make {T} perfect; make it easy to go around, with a plain second way laid out like {A}.',
      ],
    },
  ],
  workings: [
    '{W} check the level each evening; when it is below {c}, the next day begins with filling it up.',
    'A short list{at} has {n} questions, and {W} let nothing pass that fails one of them.',
    '{W} may stop everything with one word, and start again only when the reason is on the list.',
    'The limit hangs{at} where all can read it; {W} raise it by one after {d} quiet days and lower it at the first alarm.',
    'Once a month {W} try the emergency on purpose and note how many minutes it took.',
    'Two of each thing are kept ready, one in use and one at rest, and {W} swap them every {d} days.',
  ],
  rules: [
    'the reserve is filled up before anything else is done',
    'two people have to agree before the limit is raised',
    'the check is left out only after it has found nothing {c} times in a row',
    'whoever breaks the seal says so the same day',
  ],
};
