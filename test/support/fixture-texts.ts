/** Titles and texts as a model might write them, for a session about food waste. */
export const objective =
  'Cut the food that a university canteen throws away by half within one term, without raising prices or shrinking the choice.';

export const plainIdeas: readonly (readonly [title: string, text: string])[] = [
  [
    'Leftover auction at closing time',
    'Fifteen minutes before closing, a screen at the exit counts the portions that are left and lowers their price every minute. Guests reserve with their card; what is unsold at zero goes to the staff meal. The price curve is fitted weekly to what was thrown away the week before.',
  ],
  [
    'Half portions as the default',
    'The standard ladle is halved and a free second helping is announced at the counter and on the tray mat. People who want the full amount get it without a word, so choice is kept; plate waste falls because the second helping is decided when hunger is known.',
  ],
  [
    'Forecast from lecture timetables',
    'Bookings of lecture halls, the weather forecast and exam weeks predict the number of guests per half hour. The kitchen cooks in three batches instead of one and releases the third only if the forecast of 12:15 still calls for it.',
  ],
  [
    'Tray weight feedback',
    'A scale under the return belt weighs what comes back and shows the running average per dish on a board at the entrance. Cooks get the number per dish at two o’clock and may change one recipe a day.',
  ],
  [
    'Menu planned backwards from stock',
    'Each evening the stock list is sorted by expiry and a solver proposes three dishes that use most of what would expire in two days. The chef picks one; the other two stay as ranked fallbacks.',
  ],
  [
    'A market for meal slots',
    'Guests commit to a dish until ten o’clock and get a token worth five percent of the next meal. The kitchen sees firm demand for two thirds of the guests and cooks the rest to forecast.',
  ],
  [
    'Shared fridge with a ledger',
    'Unserved portions are packed at 14:30 into a fridge on each floor. A tablet on the door records what goes in and out; a portion that nobody took by six counts against the dish, not against the cook.',
  ],
  [
    'Taste spoons before the counter',
    'Three spoon-sized samples stand before the counter. Dishes that people leave uneaten are found at the spoon and not on the plate; the sample with most discards is left out of the next rotation.',
  ],
  [
    'Vegetable trimmings as stock base',
    'Trimmings are collected by colour during preparation and boiled into tomorrow’s stock. A checklist says which of them go into soup, into dye for the arts faculty, into compost.',
  ],
  [
    'Immune memory for the menu',
    'Like an immune system, the planner keeps a memory of dishes that failed under given conditions (heat, exam week, Monday) and reacts faster at the second encounter: the batch size is cut before the first guest comes.',
  ],
];

export const weaknesses = [
  'The effect depends on guests reading the board before they choose.',
  'No figure is given for the staff time that packing and recording needs.',
  'The first two weeks have no data to fit the forecast to.',
  'A halved ladle may be felt as a price rise by regular guests.',
  'Food safety rules for chilled portions are not addressed.',
];

/** Texts that try to break out of whatever shows them. */
export const hostileTexts: readonly string[] = [
  '<script>alert("title")</script><img src=x onerror=alert(1)>',
  `"><svg onload=alert(1)> ' onmouseover='alert(2)' \` \${7*7} {{7*7}}`,
  '</title></style></script><!-- ]]> --><iframe src="https://evil.example/"></iframe>',
  'مرحبا بالعالم، هذا نص من اليمين إلى اليسار (with Latin) 12345',
  'override \u202Edesrever si siht\u202C and isolate \u2066x\u2069 end',
  'control \u0000\u0007\u001b[31mred\u001b[0m \u009b2J \u007f bell',
  '| a | table | breaker |\n|---|---|---|\n# heading\n> quote\n- [link](javascript:alert(1)) ![i](http://evil.example/i.png)',
  'wörd'.repeat(20),
  '😀👩‍👩‍👧‍👦 emoji, 漢字かな交じり文, zero\u200bwidth, lone \ud800 surrogate',
  `${'A very long unbroken-word-' + 'x'.repeat(400)} `.repeat(10).slice(0, 4000),
];
