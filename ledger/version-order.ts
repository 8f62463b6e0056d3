/** The order of versions: `1.10.0` is newer than `1.9.3`. */

/**
 * Whether a version comes before another one. An unknown version comes before all others. Suffixes such as `-rc.1` are
 * ignored.
 */
export function isOlderVersion(version: string | undefined, other: string): boolean {
  if (version === undefined) return true;
  const [one, two] = [numbersOf(version), numbersOf(other)];
  const at = one.findIndex((number, index) => number !== two[index]);
  return at >= 0 && one[at] < two[at];
}

function numbersOf(version: string): number[] {
  const [, ...numbers] = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version) ?? [];
  return [0, 1, 2].map((index) => Number(numbers[index] ?? 0));
}
