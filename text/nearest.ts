/** "Did you mean …?" for words that come from a closed list. */

/** The candidate that a person most likely meant, or `undefined` when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  // Half of the word wrong is no longer a slip of the finger.
  let least = Math.max(2, wanted.length / 2);
  let best: string | undefined;
  for (const candidate of candidates) {
    const found = score(wanted, candidate.toLowerCase(), least);
    if (found < least || (found === least && best === undefined)) {
      least = found;
      best = candidate;
    }
  }
  return best;
}

/** Scores above `most` need not be exact. */
function score(wanted: string, candidate: string, most: number): number {
  // `digest` for `CloudTrail-Digest`: whole words are a better sign than few edits.
  if (wanted.length >= 4 && (candidate.includes(wanted) || wanted.includes(candidate))) {
    return Math.abs(candidate.length - wanted.length) / 100;
  }
  // `insights` for `CloudTrail-Insight`: a part may be meant, but the whole goes first.
  const parts = candidate.split('-').map((part) => editDistance(wanted, part, most) + 0.5);
  return Math.min(editDistance(wanted, candidate, most), ...parts);
}

/** Letters that are changed, left out, put in, or exchanged with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return Number.POSITIVE_INFINITY;
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
