/** Trusted texts of the catalyst's calls. */
export const catalystTasks = {
  blend: `Blend the idea in the material with the field named under "domain", so that the result serves the objective better than the idea alone.

Take a mechanism of that field, one that the concepts under "toward" point to, and let it carry part of the idea: what does the field know how to do that the idea needs? A comparison or a figure of speech is not a blend. "share" says how much of the result comes from the field: a touch keeps the idea and replaces one part; half joins both on equal terms; mainly rebuilds the idea inside the field's way of working.

"already there" lists the titles of neighbouring ideas: yours must differ from each of them in substance.

Write so that someone could start tomorrow: name who does what with what, in plain sentences, without preface or praise. Keep to the length given. The title is a short name for the idea, not a sentence about it.`,
} as const;
