import type { Family } from '../moves.ts';

/** Moves that change who gives what for what. */
export const deal: Family = {
  moves: [
    {
      name: 'price',
      fits: ['burden'],
      titles: ['A small price on {t}', 'Tokens against {t}'],
      opens: [
        'Whoever causes {T} hands over a token, and whoever spares others a part of it collects one; the exchange works like {A}.',
        'Put a small price on {T}, in tokens and not in money, and pay it out to those who stay clear of the rush, after the model of {A}.',
      ],
    },
    {
      name: 'reward',
      fits: ['gain'],
      titles: ['Tokens for {t}', '{t} that pays back'],
      opens: [
        'Whoever adds to {T} earns a token that buys something small and pleasant, on terms borrowed from {A}.',
        'Let {T} pay for its own growth: a share of each gain goes back to those who made it, as in {A}.',
      ],
    },
    {
      name: 'priced slots',
      fits: ['thing', 'things'],
      titles: ['Priced slots for {t}', '{t} by token'],
      opens: [
        'Divide the day into slots for {T} and let each slot cost one token at the busiest hour and none at the quietest, in the way of {A}.',
        'Give everyone {n} tokens a month to spend on {T} as they like; what is in demand costs more, as with {A}.',
      ],
    },
    {
      name: 'exchange',
      fits: ['things'],
      titles: ['An exchange for {t}', '{t}, offered and wanted'],
      opens: [
        'Open an exchange{at} where too much and too little of {T} find each other, set up like {A}.',
        'Some have too much of {T} and others too little: a weekly exchange, run like {A}, brings the two together.',
      ],
    },
    {
      name: 'lend',
      fits: ['thing', 'things'],
      titles: ['{t} on loan', 'Borrow, not buy: {t}'],
      opens: [
        'Lend out what {T} needs in place of owning it, and keep track of each loan as if it were {A}.',
        'What is needed for {T} is owned by nobody and lent to whoever comes next, with the manners of {A}.',
      ],
    },
    {
      name: 'insure',
      fits: ['burden'],
      titles: ['A common pot against {t}', 'Cover for the worst week of {t}'],
      opens: [
        'Let everyone put a little into a common pot against the worst week of {T}, and pay out by a rule taken from {A}.',
        'Treat {T} as a risk to be shared: small payments all year, help at once when it strikes, on the lines of {A}.',
      ],
    },
    {
      name: 'deposit',
      fits: ['thing', 'things'],
      titles: ['A deposit on {t}', '{t} with money back'],
      opens: [
        'Tie {T} to a small deposit that comes back in full when all goes well, kept in the manner of {A}.',
        'Those who take part in {T} leave a small deposit and get it back with thanks at the end, as {A} would suggest.',
      ],
    },
  ],
  workings: [
    'Everyone starts the month with {n} tokens; {W} note each deal on one open list, and unused tokens lapse.',
    '{W} keep the ledger{at} and settle accounts every {d} days, in public and in five minutes.',
    'Whoever gives earns a credit, whoever takes spends one, and {W} check the list on Fridays.',
    'A box, a list and {c} numbered cards are all it needs; {W} hand out the cards and take them back.',
    '{W} set the rate on Monday by looking at last week, and it stays fixed until Sunday.',
    'Small deals need no permission; anything above {n} tokens is read out and agreed{at} first.',
  ],
  rules: [
    'a credit that nobody claims within {m} weeks goes to the newest member',
    'nobody may owe more than {n}',
    'the rate changes once a week and is known the day before',
    'every deal has a witness who gains nothing by it',
  ],
};
