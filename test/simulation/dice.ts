/** Random draws of one seed: mulberry32, so that one seed is one history. */
export interface Dice {
  uniform(): number;
  /** Whole number in [low, high]. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  bytes(count: number): Uint8Array;
  /** Draws of its own for a part of the world, so that one part's draws don't move another's. */
  fork(name: string): Dice;
}

export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    between: (low, high) => low + Math.floor(uniform() * (high - low + 1)),
    chance: (probability) => uniform() < probability,
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(uniform() * 256)),
    fork(name) {
      let hash = seed ^ 0x9e3779b9;
      for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
      return createDice(hash);
    },
  };
}
