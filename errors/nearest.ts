/** "Did you mean …?" for words that come from a closed list. */

/** The candidate that a person most likely meant, or `undefined` when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  const scored = candidates.map((candidate) => ({ candidate, score: score(wanted, candidate.toLowerCase()) }));
  scored.sort((a, b) => a.score - b.score);
  const best = scored[0];
  // Half of the word wrong is no longer a slip of the finger.
  return best !== undefined && best.score <= Math.max(2, wanted.length / 2) ? best.candidate : undefined;
}

function score(wanted: string, candidate: string): number {
  // `digest` for `CloudTrail-Digest`: whole words are a better sign than few edits.
  if (wanted.length >= 4 && (candidate.includes(wanted) || wanted.includes(candidate))) {
    return Math.abs(candidate.length - wanted.length) / 100;
  }
  // `insights` for `CloudTrail-Insight`: a part may be meant, but the whole goes first.
  const parts = candidate.split('-').map((part) => editDistance(wanted, part) + 0.5);
  return Math.min(editDistance(wanted, candidate), ...parts);
}

/** Insertions, deletions, replacements, and neighbours that changed places: slips of the finger, one each. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j] + 1, row[j - 1] + 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], beforePrevious[j - 2] + 1);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length];
}
