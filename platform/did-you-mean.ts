/** The candidate nearest to a misspelt word, if one is near enough to be meant: at most a third of its letters differ. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const asked = word.slice(0, 64);
  let best: { name: string; distance: number } | undefined;
  for (const name of candidates) {
    const distance = editDistance(asked.toLowerCase(), name.toLowerCase());
    if (distance <= Math.max(1, Math.floor(name.length / 3)) && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** Levenshtein's distance, by rows. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
