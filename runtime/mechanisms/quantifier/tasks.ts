const program = `The program gets its inputs as one JSON object and returns one JSON value. "entryPoint" names the function that is called with the inputs and returns the result. Only what "what can be run" lists may be imported. There is no network, no file and no clock to rely on; draw random numbers from a fixed seed. Keep it short and plain. "expects" is a JSON schema of the result: an object with the figure that decides the claim, and whether it holds.`;

/** Trusted texts of the quantifier's calls. */
export const quantifierTasks = {
  decide: `Decide whether a claim of the idea in the material can be tested by running a small program.

Choose "experiment" only if there is a claim in the idea that a computation could refute: a simulation with stated assumptions, a count, a bound, a comparison of two rules. State that claim in one sentence with a figure in it, so that a program can tell whether it holds. Opinions, wishes and questions about people cannot be tested this way: then choose "none" and leave the claim empty. The reason says in a sentence why.`,
  write: `Write a program that tests the claim in the material. It must be able to come out either way: compute, don't assert.

${program}`,
  rewrite: `The program in the material, written to test the claim, cannot stand for the reasons under "problems". Write it again so that none of them is left. It must be able to come out either way: compute, don't assert.

${program}`,
} as const;
