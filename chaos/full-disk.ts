/** A file system of limited size that is filled up now and then, so that writes fail with the system's own ENOSPC. */
import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Many times what a storm writes; and memory of the machine. */
const SIZE = '192m';
const BALLAST = 'ballast';
const PIECE = Buffer.alloc(1 << 20);

export class FullDisk {
  private constructor(private readonly directory: string) {}

  /** Mounts a tmpfs over the directory, which only root may do; else why not. */
  static async mount(directory: string): Promise<FullDisk | { why: string }> {
    try {
      await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'trailmill-chaos', directory]);
      return new FullDisk(directory);
    } catch {
      return { why: 'only root on Linux can mount a file system of limited size' };
    }
  }

  /** Takes all space that is left. */
  async fill(): Promise<void> {
    const file = await open(join(this.directory, BALLAST), 'w');
    try {
      for (let piece = PIECE; piece.length > 0; ) {
        try {
          await file.write(piece);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          // The last page too.
          piece = piece.subarray(0, piece.length >> 1);
        }
      }
    } finally {
      await file.close();
    }
  }

  async free(): Promise<void> {
    await rm(join(this.directory, BALLAST), { force: true });
  }

  /** Its files are gone with it. */
  async unmount(): Promise<void> {
    await promisify(execFile)('umount', ['-l', this.directory]);
  }
}
