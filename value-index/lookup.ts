/**
 * Looks up in the index which data files can have a value. Results do not depend on the index: a file that no segment covers
 * can have the value, and if the index cannot answer, every file can.
 */
import { ObjectNotFound } from '../errors/index.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';
import { prefixesOf } from './addresses.js';
import { hashOfBytes, hashOfText } from './hash.js';
import { listSegments, type StoredSegment } from './index-area.js';
import type { Needle } from './needles.js';
import { blockOf, blockRange, fileKey, prefixOf, readBlock, readHeader, type SegmentHeader } from './segment.js';
import { ValueReader } from './values.js';

/** Requests at once: each takes a round trip. */
const CONCURRENCY = 32;

/** The index's answer for a data file. */
export interface Candidate {
  /** Whether the file can have one of the needles. */
  mayHave: boolean;
  /** Whether the file is in the index; otherwise it can have any value. */
  isCovered: boolean;
}

interface OpenSegment extends StoredSegment {
  header: SegmentHeader;
}

/** The index of a table as it is now. */
export class ValueIndex {
  /** Requests to the store so far. */
  requests = 0;
  /** Segments that are not used, and why. */
  readonly problems: string[] = [];
  /** Whether it was opened for fewer segments than there are. */
  isTooLarge = false;
  private covered = new Set<string>();
  private segments: OpenSegment[] = [];

  private constructor(
    private readonly store: ObjectStore,
    private readonly signal?: AbortSignal,
  ) {}

  /**
   * Reads the headers of all segments of a table.
   * @param mostSegments if there are more, none is used, and {@link isTooLarge} is set
   */
  static async open(
    store: ObjectStore,
    tableUuid: string,
    signal?: AbortSignal,
    mostSegments = Number.POSITIVE_INFINITY,
  ): Promise<ValueIndex> {
    const index = new ValueIndex(store, signal);
    index.requests++;
    const stored = await listSegments(store, tableUuid, signal);
    index.isTooLarge = stored.length > mostSegments;
    if (!index.isTooLarge) await mapConcurrent(stored, CONCURRENCY, (segment) => index.add(segment));
    return index;
  }

  /** Looks up the needles. Returns a function that answers whether the data file at a path can have one of them. */
  async candidates(needles: readonly Needle[]): Promise<(path: string) => Candidate> {
    const terms = needles.map(termsOf);
    const mayHave = await this.lookUp([terms.includes(undefined) ? undefined : (terms as Terms[]).flat()]);
    return (path) => ({ mayHave: mayHave(path, 0), isCovered: this.covered.has(fileKey(path)) });
  }

  /**
   * Looks up texts that are compared exactly, as in SQL, not by their canonical form, as in `find`.
   * @param groups of texts in UTF-8; undefined where the index cannot answer: see {@link canTell}
   * @returns a function that answers whether the data file at a path can have, in a searched column, one of the texts of a
   *   group
   */
  withTexts(groups: readonly (readonly Uint8Array[])[]): Promise<(path: string, group: number) => boolean> {
    return this.lookUp(
      groups.map((texts) => {
        const terms = texts.map(hashesOf);
        return terms.some(({ length }) => length === 0) ? undefined : terms;
      }),
    );
  }

  /** Returns a function that answers whether the file at a path can satisfy the terms of this number. */
  private async lookUp(terms: readonly (Terms | undefined)[]): Promise<(path: string, number: number) => boolean> {
    const found = terms.map(() => new Set<string>());
    const known = terms.map((one) => one ?? []);
    if (known.some(({ length }) => length > 0))
      await mapConcurrent([...this.segments], CONCURRENCY, async (segment) => {
        const files = (await this.filesOf(segment, known)) ?? [];
        files.forEach((ofTerms, number) => {
          for (const file of ofTerms) found[number].add(segment.header.files[file]);
        });
      });
    // A damaged block makes its segment unusable, so `covered` is only read after all lookups.
    return (path, number) => {
      const key = fileKey(path);
      return terms[number] === undefined || found[number].has(key) || !this.covered.has(key);
    };
  }

  private async add(segment: StoredSegment): Promise<void> {
    const header = await this.read(segment, { from: 0, length: segment.headerBytes }, readHeader);
    if (header === undefined) return;
    if ('problem' in header) {
      this.problems.push(`${segment.key}: ${header.problem}`);
      return;
    }
    this.segments.push({ ...segment, header });
    for (const file of header.files) this.covered.add(file);
  }

  /**
   * The numbers of the files of a segment that satisfy each of the terms; `undefined` if it cannot be read, and is no longer
   * used.
   */
  private async filesOf(segment: OpenSegment, terms: readonly Terms[]): Promise<Set<number>[] | undefined> {
    const { header } = segment;
    const values = [...new Set(terms.flat(2))].map((hash) => ({ hash, value: prefixOf(hash, header.width) }));
    const byBlock = new Map<number, typeof values>();
    for (const one of values) {
      const block = blockOf(header, one.value);
      byBlock.set(block, [...(byBlock.get(block) ?? []), one]);
    }
    const filesByHash = new Map<number, number[]>();
    try {
      await mapConcurrent([...byBlock], CONCURRENCY, async ([block, wanted]) => {
        const range = blockRange(header, block);
        if (range.length === 0) return;
        const found = await this.read(segment, range, (bytes) => {
          const last = Math.max(...wanted.map(({ value }) => value));
          for (const { value, files } of readBlock(header, block, bytes)) {
            if (value > last) break;
            for (const one of wanted) if (one.value === value) filesByHash.set(one.hash, files);
          }
          return true;
        });
        if (found === undefined) throw new Error('gone');
      });
    } catch (error) {
      if (this.signal?.aborted || !(error instanceof Error) || !/^(damaged|gone)$/.test(error.message)) throw error;
      if (error.message === 'damaged') this.problems.push(`${segment.key}: it is damaged`);
      this.leaveOut(segment);
      return undefined;
    }
    return terms.map((alternatives) => {
      const result = new Set<number>();
      for (const all of alternatives) {
        const [first, ...others] = all.map((hash) => filesByHash.get(hash) ?? []);
        for (const file of first) if (others.every((files) => files.includes(file))) result.add(file);
      }
      return result;
    });
  }

  private leaveOut(segment: OpenSegment): void {
    this.segments = this.segments.filter((one) => one !== segment);
    this.covered = new Set(this.segments.flatMap(({ header }) => header.files));
  }

  /** `undefined` if the segment is gone: a merge has replaced it since it was listed. */
  private async read<T>(
    { key }: StoredSegment,
    range: { from: number; length: number },
    parse: (bytes: Buffer) => T,
  ): Promise<T | undefined> {
    this.requests++;
    try {
      return parse(await this.store.getRange(key, range, { signal: this.signal }));
    } catch (error) {
      if (error instanceof ObjectNotFound) return undefined;
      throw error;
    }
  }
}

/** Alternatives: each is a list of hashes, all of which a file must have. */
type Terms = number[][];

/** What a needle is looked up by; `undefined` if the index cannot answer. */
function termsOf({ text, network }: Needle): Terms | undefined {
  if (network !== undefined) {
    const prefixes = prefixesOf(network);
    return prefixes && [...prefixes, text].map((one) => [hashOfText(one)]);
  }
  // A value with parts is indexed by them; it may also be a part of another value, which is indexed as it is.
  const whole = hashOfText(text);
  const parts = hashesOf(Buffer.from(text));
  return parts.length === 1 && parts[0] === whole ? [[whole]] : [[whole], parts];
}

/**
 * The hashes that the index has for every data file with this text in a searched column, each once. None for a text that is
 * not indexed: one that is empty, a time or too long, or JSON without strings.
 */
function hashesOf(text: Uint8Array): number[] {
  const reader = new TextHashes();
  reader.open(text, new DataView(text.buffer, text.byteOffset, text.length));
  reader.read(0, text.length);
  return [...reader.hashes];
}

class TextHashes extends ValueReader {
  readonly hashes = new Set<number>();

  protected override onValue(from: number, to: number, hasParts: boolean): void {
    if (!hasParts) this.hashes.add(hashOfBytes(this.words, from, to));
  }
}

/** Whether the index knows which files have a text in UTF-8. */
export function canTell(text: Uint8Array): boolean {
  return hashesOf(text).length > 0;
}
