const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/u).filter((word) => word !== ''));

/** Verbs that are hardly ever nouns, in their plain form: a noun phrase ends before one. */
const plainVerbs = set(`
  accelerate accept accommodate achieve acquire adapt add adjust adopt afford agree align allow analyse analyze announce appear apply arrange arrive ask
  assemble assess assign assist attract avoid ban become begin believe boost bring broaden build buy calm carry catch choose clarify clean close collect
  combine communicate compare compete complete conduct connect consider construct consume contain continue convert convince cope create cure deal decide
  declutter decrease defend deliver deploy describe destroy detect determine develop devise diminish disappear discover discourage discuss distinguish
  distribute do double drink drive earn eat educate eliminate empower enable encourage end engage enhance enjoy ensure enter establish evaluate exceed
  expand expect explain explore extend facilitate feed feel fight figure fill find finish fix foster free fund generate get give go grow guarantee halve
  handle happen hear help hire hold identify imagine implement improve include increase inform inspire install integrate introduce invent invite involve
  join keep know lead learn leave let listen live locate look lose lower make maintain manage maximise maximize measure meet mend minimise minimize
  mitigate modernise modernize motivate move notice obtain offer open operate optimise optimize organise organize overcome pay persuade plant predict
  prefer prepare preserve prevent produce promote propose protect prove provide publish pull push put raise reach read realise realize receive
  recognise recognize recommend recover recruit redesign reduce regain reimagine reinvent remain remember remind remove repair replace require
  rescue resolve respect retain rethink revive run save scale seek sell send serve settle shorten show shrink simplify sit slow smooth solve sort speak
  spend spot spread stand start stay stimulate stop streamline strengthen study succeed suggest supply support survive sustain tackle take teach tell
  think throw track transform treat trigger try turn understand unify unlock update upgrade use verify wait walk want warn waste wear welcome
  widen win work write accompany advance attend automate balance beat broadcast cheer clear compress cool cut deepen define detangle diversify drop ease
  energise energize enrich entice exploit explode fail fasten fit flatten force form forget gather hang hasten heal hide hunt ignite impress inhibit
  instruct insulate invest kill lend lift lighten like limit link load lock love magnify match mix multiply name navigate need negotiate nudge nurture
  own pack pass perform pick place plan play post practise practice preheat price print process pursue quadruple quieten rank reassure rebuild record recycle
  refresh regulate reorganise reorganize repeat request restore restructure return reuse reveal reward ride rotate scan schedule secure select separate set
  shape share shift ship shop shut sign sleep soften steer stick store swap switch talk test tidy train travel trim triple unite untangle visit vote
  weaken trade age submit evaporate freeze melt glue wash charge dry press tick weigh order hand draw quote mail email phone ring book mark label tag note
  count list stack rent burst register change cost cover control design demand review rise fall rank hurry bid vow fold count mean agree belong depend
  matter flow water bake cook paint borrow exchange hope worry care`);

/** Of these, forms that are at least as often nouns: only at the head of an order ("plan the trip"), or behind a plural, are they verbs. */
const nounsToo = set(`
  accept advance answer attend balance ban beat boost broadcast build call catch cheer clean close cut deal double drink drive drop ease end feed
  figure fight fill find finish fit fix force form free fund go hang help hide hold hunt increase invite join kill lead learn leave lift like limit link live load lock
  look love match mix move name need notice offer open own pack pass pick place plan plant play post practice price print process pull push
  rank reach read record recycle release repair request rescue respect return reuse reward ride run save scale scan schedule sell set shape share shift ship shop show shut
  sign sleep sort spend spot spread stand start stay stick stop store study supply support swap switch talk test track train travel treat trigger trim
  try turn update upgrade use visit vote wait walk warn waste wear welcome win work cool clear calm raise slow smooth secure separate select decrease
  measure present level order change cost cover control demand design report review rise fall love wonder trade age charge press tick hand draw quote mail
  email phone ring book mark label tag note count list stack rent burst register bid vow fold mean matter flow water cook paint exchange hope worry care`);

/** Whether a word may open an order: "shorten the wait". */
export const isVerb = (word: string): boolean => plainVerbs.has(word);
/** Whether a word is a verb wherever it stands: its plain form, or with s. */
export const isPlainlyVerb = (word: string): boolean => {
  const plain = word.replace(/(?<=[sxz]|[cs]h)es$|(?<!s)s$/u, '');
  return (plainVerbs.has(word) && !nounsToo.has(word)) || (plain !== word && plainVerbs.has(plain) && !nounsToo.has(plain));
};
export const isNounToo = (word: string): boolean => nounsToo.has(word);

/** Words in -ing that name a thing, or say of which kind one is ("waiting time"). */
const namingIng = set(`
  advertising banking bearing beijing boarding booking briefing building ceiling charging cleaning climbing clothing clustering coding cooking cooling counselling
  crossing cutting cycling dining drawing drinking driving engineering evening farming feeling fishing funding gardening gaming greeting hearing heating
  hosting housing invoicing king knitting landing learning lighting listing living loading manufacturing marketing meaning meeting mentoring mining
  modelling monitoring mooring morning offspring onboarding opening operating packaging painting parking ping planning pricing printing processing
  programming purchasing reading recording recycling ring routing running saving setting sewing shipping shopping sibling spelling spending spring
  staffing string swimming teaching testing thing ticketing timing tracking trading training turning viewing voting waiting walking warning washing
  wedding welding wing working writing wording everything anything nothing something swing sling king boxing sterling herring rating offering`);

/** A gerund that stands before what it is done to: "hiring staff" speaks of staff. */
export const isActIng = (word: string): boolean => word.length > 5 && word.endsWith('ing') && !namingIng.has(word);

/** Words that don't end a noun phrase: they say how something is. */
const describing = set(`
  able active afraid alive available average aware awake bad basic best better big bigger blind bold bored brief bright broken brown busy calm careful cheap
  cheaper cheapest clean clear clever close closed cold colder common complete complex cool correct costly current daily dangerous dark dead dear deep
  deeper different difficult digital direct dirty down dry due dull eager early earlier easier easiest easy efficient electric elderly empty entire equal
  exact expensive extra fair false familiar fast faster fastest fewer final fine firm fit flat formal former free fresh fresher friendlier friendly frequent full
  funny general gentle global good great greater green happier happy hard harder healthier healthy heavier heavy hidden high higher highest hot hotter huge
  human ideal ill important initial instant just key large larger last late later latest lazy less light lighter little local lonely long longer longest
  loose loud louder low lower lowest main major mean mental merry mild minor missing mobile modern more mutual narrow natural near neat new newer newest
  nice noisy normal obvious odd old older oldest online open ordinary own personal physical plain pleasant poor popular positive possible present pretty
  private proper proud public pure quick quicker quickest quiet quieter quietest random rapid rare raw ready real recent regular relevant rich richer
  right rough round sad safe safer safest same scarce sensible serious severe shallow sharp short shorter shortest shy sick significant silent similar
  simple simpler simplest single slow slower slowest small smaller smallest smart smarter smooth smoother social soft softer sole solid spare special
  specific stable steady steep strange strict strong stronger strongest sudden suitable sure sweet swift tall tame tasty tender thick thin thinner tidy
  tight tiny tired top total tough true ugly unfair unique unused upset urgent usual vague valid valuable various vast visible vital warm warmer weak weaker
  weird wet wide wider wild willing wise wrong young younger together well ahead abroad apart aside home indoors outdoors today tomorrow tonight
  yesterday inside outside shown known made kept held seen built found sold spent lost worn torn sent left paid fed taught caught drawn grown written driven
  eleven twelve twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million four five six seven eight nine ten falsifiable measurable interested motivated based related given trusted used proven`);
const describingEnd = /(?:.(?:ful|ous|less|ible|ively|ally|ically)|..[^aeo]able|..ish)$/u;
const adverbLike = set(
  'family supply assembly reply ally belly jelly fly anomaly butterfly monopoly bully lily italy homily rally tally july gully dolly trolley',
);

export const isAdverb = (word: string): boolean => word.length > 4 && word.endsWith('ly') && !adverbLike.has(word) && !describing.has(word);
/** "Quieter streets" are streets. */
export const isComparative = (word: string): boolean => /(?:er|est)$/u.test(word) && describing.has(word);
/** Whether a noun phrase cannot end with the word. */
export const isDescribing = (word: string): boolean =>
  describing.has(word) ||
  describingEnd.test(word) ||
  isAdverb(word) ||
  (word.length > 4 && /[^e]ed$/u.test(word) && !set('seed feed speed breed bed shed sled').has(word));

/** Words so wide that a phrase of them alone says nothing. */
export const emptyHeads = set(`
  aim answer approach aspect case concept day default effort example fact form goal idea kind lot manner matter method number objective option part piece point
  possibility problem proposal purpose question range reason result set side solution sort step thing time type use variety way week work world year
  month hour minute euro dollar percent people person share amount level lack end start night morning evening noon midnight summer winter autumn weekend
  season today need inside`);

const unevenPlurals: Readonly<Record<string, string>> = {
  people: 'person',
  children: 'child',
  men: 'man',
  women: 'woman',
  feet: 'foot',
  teeth: 'tooth',
  mice: 'mouse',
  lives: 'life',
  shelves: 'shelf',
  leaves: 'leaf',
  knives: 'knife',
  loaves: 'loaf',
  halves: 'half',
  wolves: 'wolf',
  data: 'datum',
  criteria: 'criterion',
  dice: 'die',
  geese: 'goose',
};
const singularInS = set(
  'bus gas lens news series species chaos canvas atlas campus virus bonus focus census status surplus corpus analysis basis crisis thesis axis',
);

/** A noun in its singular, as far as its spelling tells. */
export function singular(word: string): string {
  if (Object.hasOwn(unevenPlurals, word)) return unevenPlurals[word]!;
  if (singularInS.has(word) || !/[^s]s$/u.test(word) || /(?:us|is|ics)$/u.test(word)) return word;
  return word
    .replace(/ies$/u, 'y')
    .replace(/(?<=ss|x|zz|ch|sh)es$/u, '')
    .replace(/s$/u, '');
}
export const isPlural = (phrase: string): boolean => {
  const head = phrase.toLowerCase().split(/[\s-]/u).at(-1)!;
  return singular(head) !== head;
};
