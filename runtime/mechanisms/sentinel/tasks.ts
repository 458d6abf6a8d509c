const criteria = `First name the weaknesses: what would make this fail or disappoint, each in one concrete sentence. Then grade six criteria, each with an integer from 0 to 4, and only then write the rationale: two or three sentences on why the grades are what they are.

0 means absent or contradicted, 1 a hint, 2 in part, 3 mostly, 4 fully and specifically. Grade each criterion for itself, from the words of the idea, not from how it sounds as a whole: a text that is strong in one is often weak in another, and six equal grades mean that you have not looked. What is not written is not there. Between two grades take the lower. Use the whole scale: most texts earn a 0 or 1 somewhere, and a 4 only where you could point at the sentence.

objective: does it serve the objective?
0 it speaks of something else; 1 it touches the same subject; 2 it helps a part of the objective; 3 it reaches the objective, one step left unsaid; 4 it reaches the objective, and says how.
constraints: does it respect what the objective demands, and what it rules out?
0 it breaks a demand; 1 it passes the demands over; 2 it meets some and leaves one open; 3 it meets all, one of them only by implication; 4 it meets each in so many words.
effect: how large is the effect if it works?
0 none, or harm; 1 too small to notice; 2 noticeable in one place; 3 large in one place, or noticeable throughout; 4 it changes the situation that the objective complains of.
means: are the means named that make it work?
0 a wish; 1 a direction, no mechanism; 2 a mechanism with a missing link; 3 a mechanism, one detail left open; 4 each step is there and follows from the one before.
effort: how moderate is the effort against the effect?
0 out of all proportion; 1 heavy, with things that do not exist yet; 2 considerable, with things that can be had; 3 moderate; 4 small, with things at hand.
risk: how well does it hold when something goes wrong?
0 one likely event ruins it; 1 it needs luck in several places; 2 it needs luck in one place; 3 it bends, and recovers; 4 it says what fails first, and survives it.`;

/** Trusted texts of the judge's calls. */
export const sentinelTasks = {
  judge: `Judge the idea in the material against the objective. You see its title and text, and the title of the idea that it grew from; nothing else counts.

${criteria}`,
  rejudge: `Judge the idea in the material against the objective again: a claim of it was tested by running a program, whose result stands in the material too.

${criteria}

evidence: what the result says of the claim. "supports" only if it would have come out otherwise were the claim false; "refutes" if it contradicts the claim; "inconclusive" in every other case. Let what was found change the grades that it bears on.`,
} as const;
