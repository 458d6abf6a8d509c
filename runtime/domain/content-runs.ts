/** Words that say nothing of what a text is about: they join, point, count or help other words along. */
const stopWords = new Set(
  `a about above according across actually after again against ago all almost alone along already also although altogether always am among an and
  another any anybody anyone anything anyway are around as at away back be became because become becomes been before behind being below beneath beside
  besides between beyond both but by came can cannot come comes coming could despite did do does doing done down due during each either else elsewhere
  enough especially etc even ever every everybody everyone everything everywhere except far few fewer first for from further gave get gets getting give
  given gives go goes going gone got had hardly has have having he hence her here hers herself him himself his how however i if in indeed instead into is
  it its itself just keep keeps kept know known last least less let lets like likely made mainly make makes making many may maybe me meanwhile merely
  might mine more moreover most mostly much must my myself namely near nearly necessary need needed needs neither never nevertheless next no nobody none
  nor not nothing now nowhere of off often on once one ones only onto or other others otherwise ought our ours ourselves out over overall own per perhaps
  please put puts quite rather really same saw say says second see seem seems seen several shall she should since so some somebody somehow someone
  something sometimes soon still such take taken takes than that the their theirs them themselves then there thereby therefore these they thing things
  third this those though three through throughout thus till to together too took toward towards two under unless unlike until up upon us use used uses
  using usually various very via want wants was way ways we well went were what whatever when whenever where whereas whereby wherever whether which
  whichever while who whoever whole whom whose why will with within without would yes yet you your yours yourself yourselves`.split(/\s+/u),
);

const longestWord = 40;

/** Whether a word, in lower case, says nothing of what a text is about. */
export const isStopWord = (word: string): boolean =>
  word.endsWith("n't") || stopWords.has(word) || stopWords.has(word.replace(/'.*$/u, ''));

/**
 * The words of a text that say what it is about, in order: runs between punctuation, blank lines, stop words and numbers. Words are in lower case (NFKC)
 * and hold letters, digits, inner hyphens and apostrophes; one of more than 40 characters ends a run. Linear in the length of the text.
 */
export function contentRuns(text: string): string[][] {
  const plain = text.normalize('NFKC').toLowerCase().replaceAll('’', "'");
  const runs: string[][] = [];
  let run: string[] = [];
  let end = 0;
  for (const match of plain.matchAll(/[\p{L}\p{M}\p{N}]+(?:['-][\p{L}\p{M}\p{N}]+)*/gu)) {
    const word = match[0];
    const says = word.length <= longestWord && /\p{L}/u.test(word) && !isStopWord(word);
    if (run.length > 0 && (!says || /\S|\n\s*\n/u.test(plain.slice(end, match.index)))) {
      runs.push(run);
      run = [];
    }
    if (says) run.push(word);
    end = match.index + word.length;
  }
  return run.length > 0 ? [...runs, run] : runs;
}
