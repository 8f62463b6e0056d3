/** "Did you mean …?" suggestions for words from a closed list. */

/** Returns the candidate that the user most likely meant, or `undefined` if none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  // If more than half of the word is wrong, it is not a typo.
  let bestScore = Math.max(2, wanted.length / 2);
  let best: string | undefined;
  for (const candidate of candidates) {
    const found = score(wanted, candidate.toLowerCase(), bestScore);
    if (found < bestScore || (found === bestScore && best === undefined)) {
      bestScore = found;
      best = candidate;
    }
  }
  return best;
}

/** Lower is better. Scores above `limit` need not be exact. */
function score(wanted: string, candidate: string, limit: number): number {
  // `digest` for `CloudTrail-Digest`: a matching whole word counts for more than a small edit distance.
  if (wanted.length >= 4 && (candidate.includes(wanted) || wanted.includes(candidate))) {
    return Math.abs(candidate.length - wanted.length) / 100;
  }
  // `insights` for `CloudTrail-Insight`: one part may match, but a match of the whole name is preferred.
  const parts = candidate.split('-').map((part) => editDistance(wanted, part, limit) + 0.5);
  return Math.min(editDistance(wanted, candidate, limit), ...parts);
}

/** Optimal string alignment distance: substitutions, deletions, insertions and transpositions of adjacent letters. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let edits = Math.min(replaced, last[j] + 1, row[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, beforeLast[j - 2] + 1);
      }
      row.push(edits);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}
