const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/u));

/** Plural nouns of people: who can do something in a sentence. */
export const actors = set(`
  adults actors amateurs apprentices artists assistants authors beginners bakers builders buyers caretakers carers cashiers children citizens clerks clients coaches colleagues
  commuters cooks councillors couriers customers cyclists dancers designers developers doctors donors drivers editors employees engineers experts families
  farmers fans fishers friends gardeners grandparents guests helpers hosts households inspectors inventors journalists kids landlords lawyers learners
  lecturers librarians makers managers mechanics members mentors merchants midwives musicians neighbors neighbours newcomers nurses officers operators
  organisers organizers owners painters parents participants passengers patients pedestrians people pharmacists pilots planners players plumbers porters
  producers programmers pupils readers recruits refugees regulars researchers residents retailers retirees reviewers riders runners sailors salespeople
  scientists seniors shoppers shopkeepers singers soldiers speakers staff students subscribers suppliers surgeons teachers technicians teenagers tenants
  testers tourists traders trainees trainers travellers travelers users vendors veterans villagers visitors volunteers voters waiters walkers women men
  workers writers youngsters`);

/** Nouns, in the singular, of what one wants less of. */
export const burdens = set(`
  absence accident ageing aging backlog bias bill bug burden burnout churn cheating complaint complexity conflict confusion congestion consumption corruption cost crash
  crime crowding damage danger death debt defect delay disease dispute dropout drought dust emission error erosion exhaustion failure fall fatigue fear fee fine fire
  flood footprint fraud friction gap hallucination harm heat hunger illness infection injury interruption isolation jam leak leakage litter loneliness loss
  misunderstanding mistake mould no-show noise outage overload overtime packaging pain paperwork poverty pollution price queue rejection risk rubbish rush
  scrap shortage smell smoke spam spill spread stress theft time traffic trash turnover vandalism violence wait waiting waste wear workload downtime latency
  temperature hassle obesity smoking drinking bullying energy`);

/** Nouns, in the singular, of what one wants more of. */
export const gains = set(`
  accessibility accuracy adherence adoption appetite attendance attention awareness biodiversity comfort confidence conversion cooperation creativity curiosity demand
  donation durability efficiency engagement enrolment enrollment fairness fitness fluency growth harvest health income interest knowledge learning lending lifespan loyalty
  memory mood morale motivation output participation performance privacy productivity profit quality quantity reach recall recycling reliability repair
  resilience retention return reuse revenue safety sale satisfaction sharing signup skill sleep speed strength subscriber throughput transparency trust turnout
  understanding variety visibility vitality wellbeing yield`);

/** Nouns, in the singular, of places, and the preposition that leads there. */
export const places: ReadonlyMap<string, string> = new Map(
  Object.entries({
    at: `desk counter library school canteen station hospital clinic museum airport harbour harbor university entrance checkout reception stop terminal depot
      bakery cafe café restaurant theatre kindergarten crossing port hotel zoo pharmacy surgery`,
    in: `street town village city park kitchen building classroom warehouse factory lab laboratory neighbourhood neighborhood office garden forest valley region
      district country house home ward store shop supermarket market theater cinema community centre center stairwell courtyard lobby corridor basement base
      codebase lecture classroom hall stadium prison archive inbox field orchard greenhouse gym room`,
    on: `campus farm site website platform bus train road motorway ferry ship beach island playground roof intranet forum`,
  }).flatMap(([preposition, words]) => [...set(words)].map((word) => [word, preposition] as const)),
);
