/** A file system of limited size that is filled up at times, so that writes fail with a real ENOSPC. */

import { execFile } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MIB } from '../../config/kinds.js';
import { systemCodeOf } from '../../errors/index.js';

/** Many times the bytes that a storm writes; a tmpfs takes them from the memory of the machine. */
const SIZE = '192m';
const BALLAST = 'ballast';
const BLOCK = Buffer.alloc(MIB);

/** A disk that fills up and is emptied again. */
export class FullDisk {
  private constructor(private readonly directory: string) {}

  /** Mounts a tmpfs over the directory, which only root may do; otherwise returns the reason. */
  static async mount(directory: string): Promise<FullDisk | { why: string }> {
    try {
      await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'trailmill-chaos', directory]);
      return new FullDisk(directory);
    } catch {
      return { why: 'only root on Linux can mount a file system of limited size' };
    }
  }

  /** Uses up all free space. */
  async fill(): Promise<void> {
    const file = await open(join(this.directory, BALLAST), 'w');
    try {
      for (let block = BLOCK; block.length > 0; ) {
        try {
          await file.write(block);
        } catch (error) {
          if (systemCodeOf(error) !== 'ENOSPC') throw error;
          // Smaller and smaller blocks, to fill the last page as well.
          block = block.subarray(0, block.length >> 1);
        }
      }
    } finally {
      await file.close();
    }
  }

  async free(): Promise<void> {
    await rm(join(this.directory, BALLAST), { force: true });
  }

  /** Unmounts it; its files are lost. */
  async unmount(): Promise<void> {
    await promisify(execFile)('umount', ['-l', this.directory]);
  }
}
