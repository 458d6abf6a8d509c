import type { Family } from '../moves.ts';

/** Moves that change what is seen and counted. */
export const sight: Family = {
  moves: [
    {
      name: 'make visible',
      titles: ['{t} on the wall', 'A board that shows {t}'],
      opens: [
        'Make {T} visible{at}: one board, one number, and a mark as plain as {A} when the number moves.',
        'What nobody sees, nobody changes: a board{at} shows {T} as it stands at this hour, drawn like {A}.',
      ],
    },
    {
      name: 'label',
      fits: ['burden', 'things'],
      titles: ['{t} with a label', 'One honest number on {t}'],
      opens: [
        'Put a label with one honest number on everything that belongs to {T}, in the spirit of {A}.',
        'Each case of {t} carries a tag that says how old it is and whose turn it is, as readable as {A}.',
      ],
    },
    {
      name: 'mirror',
      titles: ['A mirror for {t}', '{t}, yours and the average'],
      opens: [
        'Show {W} their own part in {T} beside the average, without names and without comment, as one would show {A}.',
        'Send {W} a small mirror each week: their own share of {T}, the middle of all shares, and nothing else, laid out like {A}.',
      ],
    },
    {
      name: 'sample',
      fits: ['burden', 'things'],
      titles: ['{t} by sample', 'One case in {n}: {t}'],
      opens: [
        'Stop watching all of {T}; check one case in {n}, drawn by lot, and look closer only when {A} would call for it.',
        'A small sample is enough to steer {T}: one case in {n}, drawn by lot and read with the care that {A} asks for.',
      ],
      claim: 'One check in {n} should find a fault that sits in every fifth case within {k} cases, at least nine times in ten.',
    },
    {
      name: 'trace back',
      fits: ['burden'],
      titles: ['{t} at the source', 'Where {t} begins'],
      opens: [
        'Follow {T} back to the first cause, and mend that place only, with {A} for a map.',
        'For {d} days, write down where each case of {t} began; the spot named most often is rebuilt first, after the pattern of {A}.',
      ],
    },
    {
      name: 'early sign',
      fits: ['burden'],
      titles: ['An early sign of {t}', '{t}, heard before it comes'],
      opens: [
        'Watch for the first small sign of {T}, and give word as fast as {A} before the rest arrives.',
        '{T} can be heard coming: find the sign that shows {n} steps before, and tie it to something like {A}.',
      ],
    },
  ],
  workings: [
    '{W} write one number a day on a board{at}, and the last {d} days stay in view.',
    'At the same hour each day {W} count for five minutes and colour one square green, amber or red.',
    'Every {c}th case gets a coloured tag, and {W} note the time at each step that it passes.',
    'A sheet{at} has two columns, what was expected and what happened; {W} fill it in before they leave.',
    '{W} read the number aloud at the start of the day and name one thing that could move it.',
    'When the number is above {c} for two days running, {W} stop and look for the cause before going on.',
  ],
  rules: [
    'the count is taken by someone who gains nothing by it',
    'a red mark stays until somebody writes beside it what was done',
    'only the last {d} days count, and older figures are wiped off',
    'a figure that cannot be read from three steps away is left out',
  ],
};
