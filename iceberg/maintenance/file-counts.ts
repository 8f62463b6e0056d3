/** Counts of files that maintenance has deleted, or would delete. */
import type { Damaged } from '../../errors/index.js';
import type { FileKind, UnreachableFile } from './unreachable.js';

/** The part of a report about files. */
export interface FileReport {
  files: Record<FileKind, number>;
  /** Of files whose size is known: not of manifest lists and statistics. */
  bytes: number;
  /** Locations of the first ones. */
  first: string[];
  /** Files that are not below the address of the table's store: they are never deleted. */
  elsewhere: { count: number; first?: string };
  /** Damaged manifests and manifest lists of expired snapshots: files that only they name remain as orphan files. */
  damaged: { count: number; first?: string };
}

/** Files in a report. */
const MAX_LISTED = 100;

/** Collects a report. */
export class FileCounts {
  private readonly counts: FileReport = {
    files: { data: 0, deletes: 0, manifest: 0, 'manifest-list': 0, statistics: 0 },
    bytes: 0,
    first: [],
    elsewhere: { count: 0 },
    damaged: { count: 0 },
  };

  /** Counts a file. `key`: its key in the table's store, if it is in that store. */
  add({ kind, location, bytes }: UnreachableFile, key: string | undefined): void {
    const { counts } = this;
    if (key === undefined) {
      counts.elsewhere.count++;
      counts.elsewhere.first ??= location;
      return;
    }
    counts.files[kind]++;
    counts.bytes += bytes;
    if (counts.first.length < MAX_LISTED) counts.first.push(location);
  }

  damage({ path }: Damaged): void {
    this.counts.damaged.count++;
    this.counts.damaged.first ??= path;
  }

  report(): FileReport {
    return this.counts;
  }
}
