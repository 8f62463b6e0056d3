/**
 * Isolates files that make the decoder throw an unexpected error, or that end the whole worker. The chunk is decoded in
 * pieces, down to single files; the file that fails is quarantined as `defect`, the others are ingested.
 */
import { policyOf } from '../errors/index.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { ChunkResult, FetchedFile } from './types.js';

/** Pieces that a chunk is cut into: with more than two, fewer workers have to die until the file is found. */
const PIECES = 8;
/** Deaths of workers while they read one file and nothing else, until it is given up. */
const DEATHS = 3;
/** When so many files all fail, the decoder or the machine is at fault, not the files. */
const ALL_BAD = 10;

/** Decodes files as one chunk, as the thread pool does. */
export type Decode = (files: FetchedFile[]) => Promise<ChunkResult>;

/** Is it an error of ours, or the end of the attempt? Then files are not at fault. */
function isForeseen(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || policyOf(error) !== undefined;
}

/** Decodes the files; after an unexpected error, in pieces. */
async function decodeAll(decode: Decode, files: FetchedFile[], signal: AbortSignal): Promise<ChunkResult> {
  const bad: unknown[] = [];
  const result = await inPieces(decode, files, signal, bad);
  if (bad.length >= ALL_BAD && bad.length === files.length) throw bad[0];
  return result;
}

async function inPieces(
  decode: Decode,
  files: FetchedFile[],
  signal: AbortSignal,
  bad: unknown[],
): Promise<ChunkResult> {
  try {
    return await decode(files);
  } catch (error) {
    if (isForeseen(error, signal) || files.length === 0) throw error;
    if (files.length > 1) {
      const results: ChunkResult[] = [];
      for (const piece of piecesOf(0, files.length))
        results.push(await inPieces(decode, files.slice(piece.from, piece.end), signal, bad));
      return joined(results);
    }
    return alone(decode, files[0], signal, bad);
  }
}

/** A file that has failed alone is tried once more, after a try without it: memory may have been short for a moment. */
async function alone(decode: Decode, file: FetchedFile, signal: AbortSignal, bad: unknown[]): Promise<ChunkResult> {
  await decode([]);
  try {
    return await decode([file]);
  } catch (error) {
    if (isForeseen(error, signal)) throw error;
    bad.push(error);
    return decode([withDefect(file, `Trailmill failed while it read the file: ${textOf(error)}`)]);
  }
}

function textOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 500).toWellFormed();
}

function withDefect({ body: _, ...file }: FetchedFile, message: string): FetchedFile {
  return { ...file, problem: { state: 'quarantined', code: 'defect', message } };
}

/** As if the files of all of them had been one chunk. */
function joined(results: readonly ChunkResult[]): ChunkResult {
  const all: ChunkResult = { written: [], ledger: [] };
  for (const { written, ledger } of results) {
    const before = all.ledger.length;
    for (const one of written) {
      for (const rows of one.events?.fileRows ?? []) rows.file += before;
      all.written.push(one);
    }
    all.ledger.push(...ledger);
  }
  return all;
}

/** The files of a batch, by their number. */
export interface TrialWork {
  read(from: number, end: number): Promise<FetchedFile[]>;
  /** A file without its body. */
  unread(number: number): FetchedFile;
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
 * Knows at which files earlier attempts of a batch died. From the second attempt on, a mark is written before files are
 * decoded and deleted afterwards, also when decoding failed: a mark that stays is a worker that died.
 */
export class Trials {
  /** @param marks keys of the marks that are there */
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
   * Reads and decodes the files of the batch from `from` to before `end`; files at which workers have died, apart from
   * the others.
   */
  async decode(work: TrialWork, from: number, end: number, signal: AbortSignal): Promise<ChunkResult> {
    const deaths = this.deathsAt(from, end);
    if (deaths > 0 && end - from > 1) {
      const results: ChunkResult[] = [];
      for (const piece of piecesOf(from, end)) results.push(await this.decode(work, piece.from, piece.end, signal));
      return joined(results);
    }
    if (deaths >= DEATHS) {
      const message = `The worker died each of ${deaths} times that it read the file and nothing else.`;
      return work.decode([withDefect(work.unread(from), message)]);
    }
    const whole = async (): Promise<ChunkResult> => decodeAll(work.decode, await work.read(from, end), signal);
    if (!this.areMarked) return gate.shared(whole);
    const mark = `${this.prefix}trial-${from}-${end}-${this.attempt}`;
    const marked = async (): Promise<ChunkResult> => {
      await this.store.put(mark, Buffer.from('1'), { signal });
      try {
        return await whole();
      } finally {
        await this.store.delete(mark);
      }
    };
    // Apart from what other batches decode in this process, which would leave marks of their own when it dies.
    return this.isSuspected(from, end) ? gate.alone(marked) : gate.shared(marked);
  }

  /** Are marks written? Then files must not be read ahead: reading them may end the worker. */
  get areMarked(): boolean {
    return this.attempt > 1;
  }

  private deathsAt(from: number, end: number): number {
    return this.marks.filter((key) => key.includes(`/trial-${from}-${end}-`)).length;
  }

  private isSuspected(from: number, end: number): boolean {
    return this.marks.some((key) => {
      const [first, last] = (/trial-(\d+)-(\d+)-\d+$/.exec(key) ?? []).slice(1).map(Number);
      return first <= from && end <= last;
    });
  }
}

/** Many may work at once, or one alone. */
class Gate {
  private readonly working = new Set<Promise<unknown>>();
  private turn: Promise<unknown> = Promise.resolve();

  async shared<T>(work: () => Promise<T>): Promise<T> {
    // While it waits, the next one that works alone may have come.
    for (let turn: unknown; turn !== this.turn; ) {
      turn = this.turn;
      await turn;
    }
    return this.run(work);
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.turn;
    const mine = before.then(async () => {
      await Promise.allSettled([...this.working]);
      return this.run(work);
    });
    this.turn = mine.catch(() => {});
    return mine;
  }

  private async run<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.working.add(running);
    try {
      return await running;
    } finally {
      this.working.delete(running);
    }
  }
}

/** Of this process. */
const gate = new Gate();
