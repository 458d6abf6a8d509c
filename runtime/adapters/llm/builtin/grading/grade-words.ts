const pattern = (words: string): RegExp =>
  new RegExp(`(?<![\\p{L}-])(?:${words.trim().split(/\s+/u).join('|').replaceAll('_', '\\s+')})(?![\\p{L}-])`, 'giu');

/** Words that say which way something goes, and how far. */
export const change = pattern(`
  fall falls fell fallen risen grown drop drops dropped rise rises rose save saves saved halve halves halved half double doubles doubled twice fewer less more faster slower shorter longer quieter
  cheaper sooner later lower lowers higher reduce reduces reduced cut cuts shrink shrinks grow grows gain gains improve improves lose loses within shorten shortens raise raises
  increase increases decrease decreases change changes drop_of up_to before_and_after triple doubles prevents prevent avoid avoids`);

/** When, how often, in which order. */
export const order = pattern(`
  first then next when whenever before after once each every daily weekly morning evening night noon monday tuesday wednesday thursday friday saturday sunday day days
  week weeks month months hour hours minute minutes during until while at_the_same_time on_the_stroke beforehand at_once`);

/** Things that can be touched, read or switched. */
export const things = pattern(`
  app bag basket battery bell bench bike bin board boards book bottle bowl box boxes bucket button calendar camera card cards chalk chart clock coin counter cup desk display
  door drawing email envelope fence flag folder form freezer fridge gate glass hook kettle key ladder lamp lane letter light line list lists lock locker log map mark meter mirror
  notebook pack packs pad pen phone plate plates post poster pot pots pump queue rope route scale scales scanner screen seat sensor sheet sheets shelf shelves sign signs slot
  slots stamp sticker stick table tablet tag tags tape ticket timer timers token tokens tool tools tray truck valve van wall water wheel window`);

/** Little effort, with what there is. */
export const ease = pattern(`
  already at_hand small tiny simple plain cheap free exist exists existing minutes hours hour minute costs_nothing no_new only little volunteer volunteers in_a_day within_a_day
  quarter_of_an_hour no_permission no_money few one_corner without_permission at_once`);

/** Great effort, or a promise without bounds. */
export const burdenSome = pattern(`
  million millions billion nationwide worldwide global platform blockchain satellite satellites drones rebuild replace_all every_city everywhere campaign revolution
  revolutionise revolutionize state-of-the-art cutting-edge hire hires huge massive entire whole_city artificial_intelligence`);

/** Words of wishing, which commit to nothing. */
export const vague = pattern(`
  should could somehow something somewhat better best good great nice important really very simply surely everybody everyone everything always must inspire culture positive modern innovative
  awareness attractive amazing friendly friendlier happy would_be would`);

/** What happens if it goes otherwise than hoped. */
export const ifs = pattern('if unless otherwise in_case should_it whoever when_the until_the else');
export const wayBack = pattern(`
  ends end stop stops stopped back undo undone put_back old_way instead second moves_to move_to raised lowered emptied backup reserve spare swap fallback ring_road goes_back notes
  left_as_it_was loses lost wrong prove fails fail step_in steps_in cover insured permission go_on`);
export const tests = pattern(`
  test tests tested trial compare compared measure measures measured check checks checked count counts counted weigh weighs expect expected average threshold experiment sample
  lot lots evidence number meter read reads sign note notes`);

/** How many different words of a kind a text has. */
export const kinds = (text: string, words: RegExp): number => new Set((text.match(words) ?? []).map((word) => word.toLowerCase())).size;
