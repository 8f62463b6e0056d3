/** Reads files of a bucket in a directory, in the thread that decodes them. */
import { isWanted, type TableConfig, tableOf } from '../cloudtrail/table-config.js';
import { readMetadata } from '../storage/file-metadata.js';
import { readFileObject } from '../storage/file-read.js';
import { Denials, notProven, problemOf, readProblemOf, unidentified } from './read-problems.js';
import type { BucketDirectory, FetchedFile } from './types.js';
import { largestStored, tooLarge } from './uncompress/too-large.js';

/** Reads the files of one chunk, one after the other. */
export class FileReader {
  private readonly denials: Denials;

  constructor(
    private readonly directory: BucketDirectory,
    private readonly tables: readonly TableConfig[],
    private readonly maxFileBytes: number,
  ) {
    this.denials = new Denials(directory.uri);
  }

  /**
   * Returns the file with its body, or with its problem, or with neither if its table is not configured; in any case with its
   * ETag. Throws errors that are worth a retry.
   */
  async read(file: FetchedFile): Promise<FetchedFile> {
    if (!isWanted(file.kind, this.tables)) return this.identify(file);
    if (file.unproven !== undefined) return { ...this.identify(file), problem: notProven(file.unproven) };
    if (file.size > largestStored(this.maxFileBytes))
      return { ...this.identify(file), problem: problemOf(tooLarge(this.maxFileBytes)) };
    let identified: FetchedFile = unidentified(file);
    try {
      const { body, etag, lastModified, inode } = readFileObject(this.directory.path, file, 'body');
      this.denials.addReadable();
      identified = { ...file, etag, lastModified };
      if (tableOf(file.kind) !== 'digest') return { ...identified, body };
      return { ...identified, body, metadata: await readMetadata(this.directory.path, file.key, inode) };
    } catch (error) {
      const problem = readProblemOf(error);
      this.denials.add(error);
      return { ...identified, problem };
    }
  }

  /** Throws `StorageAccessDenied` if a permission is missing. */
  assertSomeReadable(): void {
    this.denials.assertSomeReadable();
  }

  /** Returns a file that is recorded without being read, with its ETag. */
  private identify(file: FetchedFile): FetchedFile {
    if (file.etag !== undefined) return file;
    try {
      const { etag, lastModified } = readFileObject(this.directory.path, file, 'etag');
      return { ...file, etag, lastModified };
    } catch (error) {
      readProblemOf(error);
      return unidentified(file);
    }
  }
}
