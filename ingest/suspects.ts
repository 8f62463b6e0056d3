/**
 * Isolates files that make the decoder throw an unexpected error, or that crash the whole worker. The chunk is decoded in
 * pieces, down to single files. The file that fails is quarantined as `defect`, and the others are ingested.
 */
import { policyOf } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import { joinResults } from './pieces.js';
import type { ChunkResult, Decode, FetchedFile } from './types.js';

/** Number of pieces that a chunk is split into. With more than two, fewer workers crash until the file is found. */
const PIECES = 8;
/** Number of crashes while a worker is reading only one file, before the file is quarantined. */
const MAX_CRASHES = 3;
/** If at least this many files all fail, the decoder or the machine is at fault, not the files. */
const ALL_FAILED = 10;

/** True for expected errors and for the end of the attempt: the files are not at fault. */
function isExpected(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || policyOf(error) !== undefined;
}

/** Decodes the files; after an unexpected error, in pieces. */
async function decodeAll(work: TrialWork, files: FetchedFile[], signal: AbortSignal): Promise<ChunkResult> {
  const failures: unknown[] = [];
  const result = await decodeInPieces(work, files, signal, failures);
  if (failures.length >= ALL_FAILED && failures.length === files.length) throw failures[0];
  return result;
}

async function decodeInPieces(
  work: TrialWork,
  files: FetchedFile[],
  signal: AbortSignal,
  failures: unknown[],
): Promise<ChunkResult> {
  try {
    return await work.decode(files);
  } catch (error) {
    if (isExpected(error, signal) || files.length === 0) throw error;
    if (files.length > 1) {
      const results: ChunkResult[] = [];
      for (const piece of piecesOf(0, files.length))
        results.push(await decodeInPieces(work, files.slice(piece.from, piece.end), signal, failures));
      return joinResults(results);
    }
    return retrySingle(work, files[0], signal, failures);
  }
}

/** Retries a single file that failed, because memory may have been short for a moment. An empty chunk is decoded first. */
async function retrySingle(
  { decode, identify }: TrialWork,
  file: FetchedFile,
  signal: AbortSignal,
  failures: unknown[],
): Promise<ChunkResult> {
  await decode([]);
  try {
    return await decode([file]);
  } catch (error) {
    if (isExpected(error, signal)) throw error;
    failures.push(error);
    return decode([withDefect(await identify(file), `Trailmill failed to read the file: ${textOf(error)}`)]);
  }
}

function textOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500).toWellFormed();
}

function withDefect({ body: _, ...file }: FetchedFile, message: string): FetchedFile {
  return { ...file, problem: { state: 'quarantined', code: 'defect', message } };
}

/** Access to the files of a batch, by index. */
export interface TrialWork {
  read(from: number, end: number): Promise<FetchedFile[]>;
  /** Returns a file without its body. */
  unread(number: number): FetchedFile;
  /** Returns a file with its ETag, for one that is not decoded. */
  identify(file: FetchedFile): Promise<FetchedFile>;
  decode: Decode;
}

interface Range {
  from: number;
  end: number;
}

function piecesOf(from: number, end: number): Range[] {
  const size = Math.ceil((end - from) / PIECES);
  const pieces: Range[] = [];
  for (let at = from; at < end; at += size) pieces.push({ from: at, end: Math.min(end, at + size) });
  return pieces;
}

/**
 * Tracks the files at which workers crashed in earlier attempts of a batch. From the second attempt on, a mark is written
 * before files are decoded and deleted afterwards, even if decoding fails: a mark that remains means that a worker crashed.
 */
export class Trials {
  /** @param marks keys of the existing marks */
  constructor(
    private readonly store: ObjectStore,
    private readonly prefix: string,
    private readonly attempt: number,
    private readonly marks: readonly string[],
  ) {}

  static isMark(key: string): boolean {
    return /\/trial-\d+-\d+-\d+$/.test(key);
  }

  /**
   * Reads and decodes the files of the batch from index `from` up to, but not including, `end`. Files at which workers crashed
   * are decoded separately from the others.
   */
  async decode(work: TrialWork, from: number, end: number, signal: AbortSignal): Promise<ChunkResult> {
    const crashes = this.crashesAt(from, end);
    if (crashes > 0 && end - from > 1) {
      const results: ChunkResult[] = [];
      for (const piece of piecesOf(from, end)) results.push(await this.decode(work, piece.from, piece.end, signal));
      return joinResults(results);
    }
    if (crashes >= MAX_CRASHES) {
      const message = `The worker crashed ${crashes} times while it was reading only this file.`;
      return work.decode([withDefect(await work.identify(work.unread(from)), message)]);
    }
    const whole = async (): Promise<ChunkResult> => decodeAll(work, await work.read(from, end), signal);
    if (!this.areMarked) return lock.shared(whole);
    const mark = `${this.prefix}trial-${from}-${end}-${this.attempt}`;
    const marked = async (): Promise<ChunkResult> => {
      await this.store.put(mark, Buffer.from('1'), { signal });
      try {
        return await whole();
      } finally {
        await this.store.delete(mark);
      }
    };
    // Suspected files are decoded exclusively: other batches in this process would also leave marks if it crashes.
    return this.isSuspected(from, end) ? lock.exclusive(marked) : lock.shared(marked);
  }

  /** True if marks are written. Then files must not be read ahead, because reading them may crash the worker. */
  get areMarked(): boolean {
    return this.attempt > 1;
  }

  private crashesAt(from: number, end: number): number {
    return this.marks.filter((key) => key.includes(`/trial-${from}-${end}-`)).length;
  }

  private isSuspected(from: number, end: number): boolean {
    return this.marks.some((key) => {
      const [first, last] = (/trial-(\d+)-(\d+)-\d+$/.exec(key) ?? []).slice(1).map(Number);
      return first <= from && end <= last;
    });
  }
}

/** A shared/exclusive lock. */
class SharedLock {
  private readonly running = new Set<Promise<unknown>>();
  private lastExclusive: Promise<unknown> = Promise.resolve();

  async shared<T>(work: () => Promise<T>): Promise<T> {
    // While this waits, another exclusive task may have been added.
    for (let waitedFor: unknown; waitedFor !== this.lastExclusive; ) {
      waitedFor = this.lastExclusive;
      await waitedFor;
    }
    return this.run(work);
  }

  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    const before = this.lastExclusive;
    const result = before.then(async () => {
      await Promise.allSettled([...this.running]);
      return this.run(work);
    });
    this.lastExclusive = result.catch(() => {});
    return result;
  }

  private async run<T>(work: () => Promise<T>): Promise<T> {
    const result = work();
    this.running.add(result);
    try {
      return await result;
    } finally {
      this.running.delete(result);
    }
  }
}

/** All batches of this process share it. */
const lock = new SharedLock();
