/** Trusted texts of the explorer's calls. */
export const explorerTasks = {
  vary: `Propose one new idea that grows out of the seed in the material and serves the objective.

Make a real move, not a rewording: change who acts, what is exchanged, when it happens, what is made visible, or what carries the load. "toward" names concepts to move toward: let at least one of them do work in the idea, as a mechanism and not as decoration. "away" names what to leave behind. "distance" says how far to go from the seed: near keeps its means and changes one thing; medium keeps its purpose and changes the means; far keeps only the purpose.

"already there" lists the titles of neighbouring ideas: yours must differ from each of them in substance. If there is a text under "too close to this", an earlier attempt came out too much like it: go somewhere else.

Write so that someone could start tomorrow: name who does what with what, in plain sentences, without preface or praise. Keep to the length given. The title is a short name for the idea, not a sentence about it.`,
} as const;
