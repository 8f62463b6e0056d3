/** Seeded random numbers (sfc32): the same on every machine and every version of Node. */
import { createHash } from 'node:crypto';

/** A stream of random numbers that is determined by its seed and name. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** Streams with different names are independent of each other. */
  constructor(
    private readonly seed: string,
    name = '',
  ) {
    const digest = createHash('sha256').update(`${seed}\0${name}`).digest();
    this.a = digest.readUInt32LE(0);
    this.b = digest.readUInt32LE(4);
    this.c = digest.readUInt32LE(8);
    for (let i = 0; i < 12; i++) this.next();
  }

  /** Creates an independent stream; its use does not affect this one. */
  fork(name: string): Random {
    return new Random(this.seed, name);
  }

  /** A random unsigned 32-bit integer. */
  next(): number {
    const sum = (this.a + this.b + this.counter++) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A random integer from 0 to n − 1. */
  int(n: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * n);
  }

  /** Returns true with this probability, 0 to 1. */
  chance(probability: number): boolean {
    return this.next() < probability * 0x1_0000_0000;
  }

  /** A random item. */
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)];
  }

  /** A random item; the probability of each is proportional to its weight. */
  weighted<T extends { weight: number }>(items: readonly T[]): T {
    let at = this.int(items.reduce((sum, item) => sum + item.weight, 0));
    for (const item of items) {
      at -= item.weight;
      if (at < 0) return item;
    }
    return items[items.length - 1];
  }

  /** A random text with characters of the alphabet. */
  from(alphabet: string, length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += alphabet[this.int(alphabet.length)];
    return text;
  }

  /** Random bytes. */
  bytes(length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let i = 0; i < length; i++) bytes[i] = this.next() & 255;
    return bytes;
  }

  /** A random UUID, version 4. */
  uuid(): string {
    const hex = this.bytes(16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

/** The alphabet of IAM ids. */
export const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The alphabet of the random part of file names. */
export const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Hexadecimal digits. */
export const HEX = '0123456789abcdef';
