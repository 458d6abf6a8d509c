const stopWords = new Set(
  `a about above after again against all almost alone along also although always am among an and another any anyone anything are around as at away
  back be became because become been before being below between both but by can cannot could did do does doing done down due during each either else
  enough even ever every everyone everything few first for from further get gets give given goes had has have having he her here hers him his how however
  i if in instead into is it its itself just keep kept last least less let like made make makes many may me might more most much must my near nearly need
  needs neither never next no nobody none nor not nothing now of off often on once one only or other others our out over own per perhaps put quite rather
  really same see seem seems set several shall she should since so some someone something soon still such take takes than that the their them then there
  these they thing things this those though through thus to together too toward towards two under until up upon us use used uses using very via was way we
  well were what when where whether which while who whole whom whose why will with within without would yes yet you your`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

const mostPhrases = 6;
const mostWords = 3;
const longestWord = 40;
/** No text of ours is longer; what others hand in is read this far. */
const longestText = 20_000;

/**
 * What a text speaks of: its runs of one to three words between punctuation and stop words, the six of most words x occurrences, then by
 * alphabet. Lower case. Linear in the length of the text.
 */
export function phrases(text: string): string[] {
  const counts = new Map<string, number>();
  for (const clause of text
    .slice(0, longestText)
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}\p{M}'’\-\s]+/u)) {
    for (const run of runs(clause)) {
      for (let start = 0; start < run.length; start++) {
        for (let length = 1; length <= mostWords && start + length <= run.length; length++) {
          const phrase = run.slice(start, start + length).join(' ');
          counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
        }
      }
    }
  }
  const weight = ([phrase, count]: [string, number]): number => phrase.split(' ').length * count;
  return [...counts]
    .sort((a, b) => weight(b) - weight(a) || (a[0] < b[0] ? -1 : 1))
    .slice(0, mostPhrases)
    .map(([phrase]) => phrase);
}

/** The words of a clause between its stop words. */
function runs(clause: string): string[][] {
  const found: string[][] = [[]];
  for (const raw of clause.split(/\s+/)) {
    const word = raw.replace(/^['’-]+|['’-]+$/g, '');
    if (word === '' || stopWords.has(word) || word.length > longestWord || !/\p{L}/u.test(word)) found.push([]);
    else found.at(-1)!.push(word);
  }
  return found.filter((run) => run.length > 0);
}
