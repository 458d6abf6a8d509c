import { contentRuns } from '../../../../domain/content-runs.ts';
import { createRandom, type Random } from '../../../../domain/random.ts';
import type { JsonSchema, LlmCallParts } from '../../../../ports/llm.ts';
import { withArticle } from '../language/article.ts';
import { fitText, textLimits } from '../fit-text.ts';
import { likeness, stemsOf, vectorOf } from '../language/likeness.ts';
import { materialOf, onOneLine, plain, readIdea } from '../material.ts';
import { families } from './moves.ts';
import { nounPhrases } from '../language/noun-phrases.ts';
import { bridges, ends, leads, standIns } from './sentences.ts';
import { readSubject, type Subject, type Topic } from './subject.ts';
import { isConcept, isOurs, isTemplateTalk } from './vocabulary.ts';

interface Idea {
  readonly title: string;
  readonly sentences: readonly string[];
}

/** What a call gives to write from. */
interface Brief {
  readonly subject: Subject;
  /** Title of the idea to grow from, short enough to be named. */
  readonly parent?: string;
  readonly concepts: readonly string[];
  readonly distance: string;
  readonly domain: string;
  readonly share: string;
}

const drafts = 5;

/**
 * An idea that grows out of the seed (or idea) in the material: a move applied to one of its topics with the concepts to go toward, how it
 * works, and what it does for the objective. Of a few drafts drawn by the effect's own random numbers, the one least like what is already
 * there. Title and text keep the lengths of the schema.
 */
export function writeIdea(parts: LlmCallParts, schema: JsonSchema): { title: string; text: string } {
  const random = createRandom(parts.effectId);
  const brief = readBrief(parts);
  const ideas = Array.from({ length: drafts }, () => draft(brief, random));
  const nearness = nearnessTo(materialOf(parts, 'already there'), materialOf(parts, 'too close to this'));
  const idea = ideas.reduce((best, one) => (nearness(one) < nearness(best) ? one : best));
  const more = () => capital(fill(pick(random, pick(random, families).workings), slotsOf(brief, random)));
  return { title: fitText([idea.title], textLimits(schema, 'title')), text: fitText(idea.sentences, textLimits(schema, 'text'), more) };
}

/** How like an idea is to the titles that are there, and to the text that an earlier attempt came too close to. */
function nearnessTo(titles: string, close: string): (idea: Idea) => number {
  const vector = (text: string): Float64Array => vectorOf(stemsOf(text));
  const there = titles
    .split('\n')
    .filter((title) => title.trim() !== '')
    .map(vector);
  const avoided = close === '' ? undefined : vector(close);
  return ({ title, sentences }) => {
    const own = vector(title);
    const nearest = Math.max(0, ...there.map((other) => likeness(own, other)));
    return avoided === undefined ? nearest : nearest + 1.5 * likeness(vector(sentences.join(' ')), avoided);
  };
}

function readBrief(parts: LlmCallParts): Brief {
  const { title, body } = readIdea(materialOf(parts, 'seed') || materialOf(parts, 'idea'));
  // What this writer wrote before is about what its title names; the rest are its own ways of speaking.
  const seed = isOurs(body) ? (nounPhrases(title).find((phrase) => !isTemplateTalk(phrase)) ?? '') : `${title}. ${body}`;
  const away = new Set(materialOf(parts, 'away').split(',').map(onOneLine));
  const concepts = materialOf(parts, 'toward').split(',').map(onOneLine);
  const parent = title.replace(/[.…\s]+$/u, '');
  const said = new Set(contentRuns(`${parts.objective}\n\n${title}\n\n${body}`).flat());
  const isNew = (concept: string): boolean =>
    !away.has(concept) &&
    !contentRuns(concept)
      .flat()
      .every((word) => said.has(word));
  return {
    subject: readSubject(plain(parts.objective), seed),
    ...(parent.length > 3 && parent.length <= 80 ? { parent } : {}),
    concepts: concepts.filter((concept) => isConcept(concept) && isNew(concept)),
    distance: materialOf(parts, 'distance').trim(),
    domain: onOneLine(materialOf(parts, 'domain')).slice(0, 40),
    share: materialOf(parts, 'share').trim(),
  };
}

type Slots = Readonly<Record<string, string>>;

function draft(brief: Brief, random: Random): Idea {
  const slots = slotsOf(brief, random);
  const kind = slots['kind'] as Topic['kind'];
  const fitting = families.flatMap((family) =>
    family.moves
      .filter((one) => one.fits?.includes(kind) ?? true)
      .map((move) => ({ move, workings: family.workings, rules: family.rules })),
  );
  const { move, workings, rules } = pick(random, fitting);
  const rule = fill(pick(random, rules), slots);
  const middle = [
    ...(move.claim !== undefined && random.uniform() < 0.35 ? [move.claim] : []),
    ...(random.uniform() < 0.7 ? [pick(random, workings)] : []),
    ...(random.uniform() < (brief.share === 'mainly' ? 0.9 : 0.25) ? [pick(random, bridges)] : []),
  ];
  const templates = [
    ...leadOf(brief, random),
    pick(random, move.opens),
    ...(middle.length > 0 ? middle.slice(0, 2) : [pick(random, workings)]),
    ...(random.uniform() < 0.9 ? [pick(random, endsFor(brief.subject, random))] : []),
  ];
  return {
    title: capital(fill(pick(random, move.titles), slots)),
    sentences: templates.map((one) => capital(fill(one, { ...slots, rule }))),
  };
}

function slotsOf({ subject, concepts, parent = '', domain, distance }: Brief, random: Random): Slots {
  const topic = topicFor(subject, distance, random);
  const number = (least: number, most: number): string => String(least + Math.floor(random.uniform() * (most - least + 1)));
  const [a = pick(random, standIns.concepts), b = pick(random, standIns.concepts)] = concepts.map(withArticle);
  const place = subject.places[0];
  return {
    kind: topic.kind,
    T: topic.the,
    t: topic.bare,
    A: a,
    a: a.replace(/^an? /u, ''),
    B: b,
    W: pick(random, random.uniform() < 0.7 && subject.actors.length > 0 ? subject.actors : standIns.actors),
    at: place === undefined || topic.the.includes(place.replace(/^\S+ the /u, '')) ? '' : ` ${place}`,
    G: subject.goals[0]!.the,
    aim: subject.aim,
    limit: subject.limit ?? '',
    parent,
    domain,
    n: number(3, 6),
    p: pick(random, ['10', '15', '20', '25', '30', '40']),
    q: pick(random, ['50', '60', '70', '80', '90']),
    k: pick(random, ['20', '40', '60', '80']),
    d: pick(random, ['5', '7', '10', '12', '14', '20']),
    c: pick(random, ['5', '6', '8', '10', '12', '20']),
    h: number(2, 6),
    m: number(2, 8),
  };
}

/** Near keeps what the seed speaks of, far only what the objective does. */
function topicFor({ goals, own }: Subject, distance: string, random: Random): Topic {
  const chance = distance === 'far' ? 0.1 : distance === 'medium' ? 0.4 : 0.6;
  return pick(
    random,
    own.length > 0 && random.uniform() < chance
      ? own.slice(0, 4)
      : [...goals.slice(0, 4), ...goals.filter((goal) => goal.kind === 'burden' || goal.kind === 'gain')],
  );
}

function leadOf({ parent, distance, domain, share }: Brief, random: Random): string[] {
  if (domain !== '') return [pick(random, share === 'mainly' ? leads.fieldMainly : leads.field)];
  if (parent === undefined || distance === 'far') return [];
  if (distance === 'near') return random.uniform() < 0.6 ? [pick(random, leads.near)] : [];
  return random.uniform() < 0.35 ? [pick(random, leads.medium)] : [];
}

function endsFor({ limit, measured, goals }: Subject, random: Random): readonly string[] {
  if (limit !== undefined && random.uniform() < 0.45) return ends.limited;
  if (measured && random.uniform() < 0.35) return ends.measured;
  return goals[0]!.kind === 'burden' ? [...ends.any, ...ends.burden] : ends.any;
}

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random.uniform() * from.length)]!;

/** Fills a template once: what stands in a slot is never read as a template. */
const fill = (template: string, slots: Slots): string => template.replace(/\{(\w+)\}/gu, (_, name: string) => slots[name] ?? '');

const capital = (text: string): string => text.replace(/^\p{L}/u, (first) => first.toUpperCase());
