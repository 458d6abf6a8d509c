import { isPlural } from './lexicon.ts';

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/u));

/** Heads that take no article: what is not counted. */
const uncounted = set(`
  advantage advice analysis arbitration camouflage capital care cash clothing cloth collateral compensation consent counterpoint cover data death debris defence
  democracy depreciation desalination detection dilation discovery dispersal dissonance dormancy dough ductility dye earth electricity ellipsis
  energy equipment etymology faith feedback felt flow flux food force formation furniture gas gear harmony hazard health immunity impeachment imposition information ink
  innocence interest irony irrigation isochronism isolation knowledge language liability litter logistics luck machina majeure manner manure meltwater memory
  money mould movement mulch music mutualism noise notation onomatopoeia optics order paper patience physiotherapy placement plaintext porosity privilege
  probation process protection recharge recycling regrowth remission repertory repetition research reuse rotation sand secrecy shift shorthand silence software
  sortition steel steganography stock stopwork stores stress study talk theatre thread time tissue titration tolerance traffic transfer transposition
  treatment triage trust type umami use ventilation waste water wax wealth weather weight wood wool work zest`);
const uncountedWhole =
  set(`mise_en_place push_your_luck first_expired_out pay_per_use standing_to_sue drip_irrigation pollination hand_pollination
  error_correction mill_scale resist_print oblivious_transfer least_privilege`);
/** Heads of these endings are counted although others like them are not. */
const counted = set(`
  bearing blessing building casing ceiling clearing coating crossing cutting drawing engraving evening filing fitting hearing king landing lining listing meeting mooring
  morning opening painting planning reading recording ring setting sibling sling spring sterling string swing thing training warning wedding wing`);

const silentH = /^(?:hour|honest|honou?r|heir)/iu;
const soundsLikeYou = /^(?:u(?:ni(?![mn])|s[aeiu]|t[ei]|r[aeiu]|k)|eu|ewe|one|once)/iu;
/** Letters whose names begin with a vowel, where a word is spelt out: "an NMC cell". */
const spelledWithVowel = /^[AEFHILMNORSX](?=[A-Z\d]|\b)/u;

/** A noun phrase with "a" or "an", or as it is if it is a plural, is quoted, or names what is not counted. */
export function withArticle(phrase: string): string {
  return isBare(phrase) ? phrase : `${an(phrase) ? 'an' : 'a'} ${phrase}`;
}

const an = (phrase: string): boolean =>
  /^\p{Lu}{2}|^\p{Lu}\d/u.test(phrase)
    ? spelledWithVowel.test(phrase)
    : silentH.test(phrase) || (/^[aeiouáéíóúàèäöü]/iu.test(phrase) && !soundsLikeYou.test(phrase));

function isBare(phrase: string): boolean {
  const words = phrase.toLowerCase().split(' ');
  const of = words.indexOf('of');
  const nounEnd = of > 0 ? of : words.length;
  const head = words[nounEnd - 1]!;
  return (
    /^[“\d]/u.test(phrase) ||
    words.includes('and') ||
    uncountedWhole.has(words.join('_')) ||
    uncounted.has(head) ||
    isPlural(head) ||
    (head.endsWith('ing') && !counted.has(head)) ||
    /ing (?:off|to|up|aloud|out|in)$/u.test(phrase)
  );
}
