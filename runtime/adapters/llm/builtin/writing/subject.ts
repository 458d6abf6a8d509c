import { phrases } from '../../../../domain/phrases.ts';
import { contentRuns } from '../../../../domain/content-runs.ts';
import { isPlural, isVerb, singular } from '../language/lexicon.ts';
import { looksEnglish, nounPhrases, sentencesOf } from '../language/noun-phrases.ts';
import { actors, burdens, gains, places } from '../language/kinds.ts';

/** What an idea can be about. A burden is wanted less, a gain more; things are several. */
export interface Topic {
  /** As it stands in a title: "waiting time". */
  readonly bare: string;
  /** As it stands in a sentence: "the waiting time". */
  readonly the: string;
  readonly kind: 'burden' | 'gain' | 'thing' | 'things';
}

/** What a call is about, read off objective and seed. */
export interface Subject {
  /** Of the objective; never empty. */
  readonly goals: readonly Topic[];
  /** Of the seed, without those of the objective; of most words first. */
  readonly own: readonly Topic[];
  /** Plural nouns: "volunteers". */
  readonly actors: readonly string[];
  /** With a preposition: "at the returns desk". */
  readonly places: readonly string[];
  /** What the objective asks for, to stand behind "to": "shorten the waiting time". */
  readonly aim: string;
  /** Whether "by a fifth" may follow the aim. */
  readonly measured: boolean;
  /** What the objective rules out or caps, as it stands there: "without hiring staff". */
  readonly limit?: string;
}

export function readSubject(objective: string, seed: string): Subject {
  const { aim, measured, limit } = aimOf(objective);
  const asked = phrasesOf((limit === undefined ? objective : objective.replace(limit, ' ')).replace(denied, ', '));
  const given = phrasesOf(seed).filter((phrase) => !asked.includes(phrase));
  const all = [...asked, ...given];
  const forbidden = new Set(contentRuns(limit ?? '').flat());
  const goals = asked.filter(isTopic).map(topic);
  return {
    goals:
      goals.length > 0
        ? goals
        : [...asked, ...given]
            .slice(0, 3)
            .map(topic)
            .concat(all.length > 0 ? [] : [nothingNamed]),
    own: given
      .filter(isTopic)
      .map(topic)
      .sort((a, b) => wordsIn(b) - wordsIn(a)),
    actors: all.filter(
      (phrase) =>
        isActor(phrase) &&
        !contentRuns(phrase)
          .flat()
          .some((word) => forbidden.has(word)),
    ),
    places: all.flatMap(placed),
    aim,
    measured,
    ...(limit === undefined ? {} : { limit }),
  };
}

/** What the objective speaks of only to say that it is not there. */
const denied = /\b(?:no|without|instead of|rather than)\s+[\p{L}'-]+(?:\s+[\p{L}'-]+)?/giu;
const nothingNamed: Topic = { bare: 'the plan', the: 'the plan', kind: 'thing' };

/** Of a text in another language, its longest words, quoted, since no list tells what they are. */
function phrasesOf(text: string): string[] {
  if (looksEnglish(text)) return nounPhrases(text);
  const words = [...new Set(text.match(/[\p{L}\p{M}]{5,30}/gu) ?? [])].sort((a, b) => b.length - a.length);
  return (words.length > 0 ? words : phrases(text)).slice(0, 4).map((phrase) => `“${phrase}”`);
}

const wordsIn = ({ bare }: Topic): number => bare.split(' ').length;
const headOf = (phrase: string): string => phrase.toLowerCase().split(' ').at(-1)!;
const isActor = (phrase: string): boolean => actors.has(headOf(phrase)) || peopleByEnding.test(phrase);
const peopleByEnding = /(?:ists|ians|nomers|eers|makers|keepers|holders|goers|mates|-olds)$/u;
const isTopic = (phrase: string): boolean =>
  !/^\p{Lu}\p{Ll}+$/u.test(phrase) && !isActor(phrase) && !actors.has(`${headOf(phrase)}s`) && placed(phrase).length === 0;

function topic(phrase: string): Topic {
  const head = singular(headOf(phrase));
  const kind =
    burdens.has(head) || burdens.has(phrase.toLowerCase()) ? 'burden' : gains.has(head) ? 'gain' : isPlural(phrase) ? 'things' : 'thing';
  return { bare: phrase, the: /^“|^\S*\d\S*$/u.test(phrase) ? phrase : `the ${phrase}`, kind };
}

function placed(phrase: string): string[] {
  const preposition = places.get(singular(headOf(phrase)));
  return preposition === undefined ? [] : [`${preposition} the ${phrase}`];
}

const longestAim = 110;
const asks = /^(?:how|in (?:what|which) ways?)\s+(?:can|could|do|might|should|would|will|may)\s+(?:we|i|one|you|they|people)\s+/iu;
const wishes =
  /^(?:please\s+|(?:we|i)\s+(?:want|need|wish|aim|hope|try|would like|have)\s+to\s+|(?:(?:find|think of|look for|suggest|propose|develop|list|we need|i need|give me|some|three|five|ten|an?|the|new|good|best|simple|cheap|creative|practical|\p{L}+er)\s+){0,4}(?:ideas|ways?|plans?)\s+to\s+)/iu;
const limits = /,?\s+\(?((?:without|within|using only|with no|at no)\s[^,.;:!?()]+)/iu;
const changes =
  /^(?:reduce|shorten|cut|lower|raise|increase|improve|grow|double|halve|boost|decrease|shrink|strengthen|extend|speed up|slow|widen|lift)\s/iu;

/** The objective's first sentence as what is to be done, and the limit that it sets. */
function aimOf(objective: string): { aim: string; measured: boolean; limit?: string } {
  const sentence = (sentencesOf(objective)[0] ?? objective).replace(/\s+/gu, ' ').trim();
  const found = limits.exec(sentence);
  const limit = found !== null && found[1]!.length <= 90 ? found[1]!.trim() : undefined;
  const plain = (limit === undefined ? sentence : sentence.replace(found![0], '')).replace(/[.!\s]+$/u, '');
  const rest = plain.replace(asks, '').replace(wishes, '').replace(/\?$/u, '');
  return {
    aim: shortened(asOrder(rest, plain)),
    measured: changes.test(rest) && !/\d/u.test(rest),
    ...(limit === undefined ? {} : { limit }),
  };
}

function asOrder(rest: string, whole: string): string {
  const [first = '', second = ''] = rest.split(' ');
  const word = first.toLowerCase();
  const lower = /\p{Lu}.*\p{Lu}/u.test(first) ? rest : rest.charAt(0).toLowerCase() + rest.slice(1);
  if (!looksEnglish(whole)) return `reach “${whole}”`;
  if (/^(?:why|what|which|who|where|when|how|is|are|does|do|can|should|whether)$/u.test(word)) return `answer “${whole}”`;
  if (isVerb(word) || /^(?:a|an|the|our|my|your|their|its|his|her|more|fewer|less|better)$/iu.test(second)) return lower;
  return /ing$/u.test(word) && word.length > 5 ? `succeed in ${lower}` : `get ${lower}`;
}

/** Cuts at the end of a clause, or says as much as a verb and its first object. */
function shortened(aim: string): string {
  if (aim.length <= longestAim) return aim;
  const clause = /^.{20,100}?(?=,| so that | because | while | which | that | and | by | for )/u.exec(aim)?.[0];
  return clause ?? `${aim.slice(0, longestAim - 1).replace(/\s+\S*$/u, '')}…`;
}
