const criteria = `First name the weaknesses: what would make this fail or disappoint, each in one concrete sentence. Then grade six criteria, each with an integer from 0 to 4.

The scale is the same for all six: 0 absent or contradicted; 1 a hint; 2 in part, with a gap that matters; 3 mostly, with a small gap; 4 fully and specifically. A 4 is rare: give it only where you can point at the words that earn it. Most texts deserve different grades on different criteria; if all six came out alike, look again.

objective: does it serve the objective? 0 it speaks of something else; 2 it helps a part of it; 4 it reaches the objective itself, and says how.
constraints: does it respect what the objective demands or rules out? 0 it breaks a demand; 2 it leaves one open; 4 it meets each of them in so many words.
effect: how large would the effect be if it worked? 0 none; 2 noticeable; 4 it would change the situation.
means: are the means named that make it work? 0 a wish; 2 a mechanism with a missing link; 4 each step is there and follows from the one before.
effort: how moderate is the effort? 0 out of all proportion; 2 considerable; 4 small against the effect, with things at hand.
risk: how well does it hold when something goes wrong? 0 one likely event ruins it; 2 it needs luck in one place; 4 it says what fails first and survives it.

The rationale says in two or three sentences why the grades are what they are.`;

/** Trusted texts of the judge's calls. */
export const sentinelTasks = {
  judge: `Judge the idea in the material against the objective. You see its title and text, and the title of the idea that it grew from; nothing else counts.

${criteria}`,
  rejudge: `Judge the idea in the material against the objective again: a claim of it was tested by running a program, whose result stands in the material too.

${criteria}

evidence: what the result says of the claim. "supports" only if it would have come out otherwise were the claim false; "refutes" if it contradicts the claim; "inconclusive" in every other case. Let what was found change the grades that it bears on.`,
} as const;
