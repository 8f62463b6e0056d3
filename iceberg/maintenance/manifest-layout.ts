/** Which manifests of a table should be rewritten, so that those of a day are few. Pure. */

/** A manifest as a manifest list has it. */
export interface LaidOut {
  /** Bytes. */
  length: number;
  /** Days of its files, inclusive. */
  from: number;
  to: number;
}

/** Minimum number of small manifests of different days to rewrite together: fewer are not worth a commit. */
const MIN_NEIGHBOURS = 8;

/**
 * Groups of manifests to rewrite into manifests of about `targetBytes`, in the order of their days: manifests that
 * share days, and small neighbours. A day that alone needs several manifests of the target size may have them.
 */
export function groupsToRewrite<M extends LaidOut>(manifests: readonly M[], targetBytes: number): M[][] {
  const groups: M[][] = [];
  let neighbours: M[] = [];
  const endNeighbours = (): void => {
    if (neighbours.length >= MIN_NEIGHBOURS) groups.push(neighbours);
    neighbours = [];
  };
  for (const cluster of clustersOf(manifests)) {
    if (isOverlapping(cluster, targetBytes)) {
      endNeighbours();
      groups.push(cluster);
      continue;
    }
    if (bytesOf(neighbours) + bytesOf(cluster) > targetBytes) endNeighbours();
    neighbours.push(...cluster);
  }
  endNeighbours();
  return groups;
}

/** Total bytes of manifests. */
export function bytesOf(manifests: readonly LaidOut[]): number {
  return manifests.reduce((sum, { length }) => sum + length, 0);
}

/** Manifests that are connected by days that they share. */
function clustersOf<M extends LaidOut>(manifests: readonly M[]): M[][] {
  const clusters: M[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const manifest of [...manifests].sort((one, two) => one.from - two.from || one.to - two.to)) {
    if (manifest.from > end) clusters.push([]);
    clusters[clusters.length - 1].push(manifest);
    end = Math.max(end, manifest.to);
  }
  return clusters;
}

function isOverlapping(cluster: readonly LaidOut[], targetBytes: number): boolean {
  if (cluster.length < 2) return false;
  if (cluster.some(({ from, to }) => from !== to)) return true;
  const wanted = Math.ceil(bytesOf(cluster) / targetBytes);
  // One more: sizes are not exact, and one new manifest of the day is not worth a rewrite of all of them.
  return cluster.length > (wanted === 1 ? 1 : wanted + 1);
}

/** Days with a weight each, as windows of at least one day, whose weights are at most `most` unless it is a single day. */
export function windowsOf(weights: ReadonlyMap<number, number>, most: number): { from: number; to: number }[] {
  const windows: { from: number; to: number; weight: number }[] = [];
  for (const [day, weight] of [...weights].sort(([one], [two]) => one - two)) {
    const last = windows.at(-1);
    if (last && last.weight + weight <= most) Object.assign(last, { to: day, weight: last.weight + weight });
    else windows.push({ from: day, to: day, weight });
  }
  return windows;
}
