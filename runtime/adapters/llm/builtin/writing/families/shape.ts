import type { Family } from '../moves.ts';

/** Moves that change parts, order and joints. */
export const shape: Family = {
  moves: [
    {
      name: 'split',
      fits: ['burden', 'things'],
      titles: ['{t}, split in two', 'The two halves of {t}'],
      opens: [
        'Split {T} into the part that can be foreseen and the part that cannot, and treat the first like {A}.',
        'There are two kinds of {t}, the daily and the rare: give each its own place and keep them as far apart as {A} demands.',
      ],
    },
    {
      name: 'merge',
      titles: ['All of {t} in one place', '{t} under one roof'],
      opens: [
        'Merge the separate efforts around {T} into one, joined like {A}, so that nobody does the same work twice.',
        'Where several people look after {T} today, one shared place takes over, built like {A}.',
      ],
    },
    {
      name: 'turn to use',
      fits: ['burden'],
      titles: ['{t}, put to use', 'Something out of {t}'],
      opens: [
        'Treat {T} as a raw material rather than a loss: gathered, sorted and put to use like {A}.',
        'Ask who could use {T}, and lead it there in place of fighting it, as {A} would.',
      ],
    },
    {
      name: 'invert',
      fits: ['gain', 'thing', 'things'],
      titles: ['{t} from the far end', '{t}, upside down'],
      opens: [
        'Begin {T} from the far end: what comes last today is done first, as {A} would have it.',
        'Turn the order around: the result of {T} is promised first and the steps are fitted to it afterwards, as in {A}.',
      ],
    },
    {
      name: 'leave out',
      titles: ['{t} without the middle', 'One step less around {t}'],
      opens: [
        'Leave out the middle step in everything around {T}, and let something like {A} catch what that step used to catch.',
        'One step around {T} is there out of habit: drop it for {d} days, and put {A} in its place if anyone misses it.',
      ],
    },
    {
      name: 'tie to a habit',
      fits: ['gain', 'thing', 'things'],
      titles: ['{t} along the way', '{t} as part of the day'],
      opens: [
        'Tie the work on {T} to something that people do every day anyway, as tightly as {A}.',
        'Nobody makes an extra trip for {T}: it becomes part of a daily round, as {A} is part of a larger whole.',
      ],
    },
    {
      name: 'treat alike',
      titles: ['{a} for {t}', '{t} as {A}'],
      opens: [
        'Deal with {T} as one deals with {A}: the same order, the same signals, the same limits.',
        'Picture {T} as {A}, and copy the one rule that keeps it going.',
      ],
    },
    {
      name: 'smaller unit',
      fits: ['thing', 'things'],
      titles: ['{t} in small pieces', '{t}, {n} times smaller'],
      opens: [
        'Make the unit of {T} {n} times smaller, and put the pieces together again like {A}.',
        'Small pieces move faster: cut {T} into parts that one person can carry, and join them like {A}.',
      ],
    },
    {
      name: 'marked path',
      titles: ['The beaten path around {t}', 'Detours around {t}'],
      opens: [
        'Watch for {d} days what people really do about {T}, then build something like {A} exactly there.',
        'Mark every detour that people make because of {T}; where most marks meet, put {A} or the nearest thing to it.',
      ],
    },
    {
      name: 'loop back',
      fits: ['things'],
      titles: ['{t} in a loop', 'What {t} leaves behind'],
      opens: [
        'Feed what is left over from {T} back to the beginning, by a path shaped like {A}.',
        'Close the loop: each round of {t} leaves something that makes the next round easier, as with {A}.',
      ],
    },
  ],
  workings: [
    '{W} sort the first {c} cases by hand, and the piles that grow fastest become the new parts.',
    'A drawing{at} shows each part and where it joins the next; {W} move one joint a week.',
    'First the parts are listed, then {W} cross out every one that nobody asked for in {d} days.',
    '{W} build it from things that are at hand, a table, a few boxes and tape, and change it every evening.',
    'One part is rebuilt at a time, and {W} keep the old one beside it until {c} cases have gone through.',
    'Each piece has one owner and one place{at}; {W} put back whatever is found elsewhere.',
  ],
  rules: [
    'every part can be taken out without stopping the others',
    'what fits nowhere gets a small place of its own',
    'the smallest part is tried first',
    'two parts that always move together become one',
  ],
};
