import type { Family } from '../moves.ts';

/** Moves that change who does it. */
export const hands: Family = {
  moves: [
    {
      name: 'swap roles',
      titles: ['{t} with roles swapped', 'A day on the other side of {t}'],
      opens: [
        'For one day a week those who decide about {T} change places with those who live with the result; the handover follows {A}.',
        'Swap the two sides of {T} for a day, and write down what each has seen, the way one keeps {A}.',
      ],
    },
    {
      name: 'pair',
      titles: ['Pairs for {t}', 'Two by two: {t}'],
      opens: [
        'Pair everyone who is new to {T} with somebody who is not, and let the two work together like {A}.',
        'Nobody faces {T} alone: two people with unlike skills share each case, joined in the manner of {A}.',
      ],
    },
    {
      name: 'rotate',
      titles: ['{t} by rota', '{t} in other hands each week'],
      opens: [
        'Hand the care for {T} to a different small group each week, with {A} as the pattern of the handover.',
        'Let the care for {T} travel: {n} groups, a week each, and a handover no longer than {A}.',
      ],
    },
    {
      name: 'delegate',
      titles: ['{t}, decided on the spot', 'Leave {t} to those who feel it'],
      opens: [
        'Let {W} decide about {T} on the spot, within bounds that are drawn like {A}.',
        'Those closest to {T} get the say: {W} may change one thing a day without asking, within limits borrowed from {A}.',
      ],
    },
    {
      name: 'many shoulders',
      titles: ['{t} on many shoulders', 'Small shares of {t}'],
      opens: [
        'Share out the work on {T} so that no single absence matters, and arrange the shares like {A}.',
        'Cut the work on {T} into shares of ten minutes that anyone can take and anyone can finish, linked like {A}.',
      ],
    },
    {
      name: 'ask outsiders',
      titles: ['{t}, as strangers see it', 'Outsiders look at {t}'],
      opens: [
        'Invite people who know all about {A} and nothing of {T}, and try their first answer for {d} days.',
        'Describe {T} to {n} outsiders as if it were {A}, and carry out the advice on which two of them agree.',
      ],
    },
    {
      name: 'pass it on',
      fits: ['gain', 'thing', 'things'],
      titles: ['{t}, passed on', 'Each one teaches {n}: {t}'],
      opens: [
        'Whoever has mastered {T} shows it to the next {n}, step by step, in a form as easy to pass on as {A}.',
        'Let know-how about {T} spread by hand: one shows {n}, each of them shows {n} more, and {A} sets the example.',
      ],
    },
  ],
  workings: [
    '{W} take turns by a list{at}; each turn lasts {d} days and ends with a handover of ten minutes.',
    'Those who begin write down three things that surprised them, and {W} change one of them each week.',
    '{W} meet for a quarter of an hour on Mondays, share out the cases, and say who steps in for whom.',
    'Everyone learns one neighbouring task, so that {W} can cover a gap within the hour.',
    'Each group has {n} people and one card with five steps; {W} mend the card when a step turns out wrong.',
    '{W} choose who goes first by lot, and nobody is asked twice before all have had a turn.',
  ],
  rules: [
    'nobody holds a task for longer than {m} weeks',
    'whoever leaves a post writes down three things for the next',
    'everyone may call a halt, and nobody has to say why',
    'the newest voice speaks first',
  ],
};
