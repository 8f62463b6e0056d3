/** Streams of bits, most significant first. */

/** Bits that are written or read at once. */
const STEP = 24;

/** Writes bits into a buffer that grows. */
export class BitWriter {
  private bytes = new Uint8Array(1 << 16);
  private end = 0;
  private pending = 0;
  private pendingBits = 0;

  /** Writes the lowest `count` bits of a whole number, at most 48. */
  write(value: number, count: number): void {
    if (count > STEP) {
      this.write(Math.floor(value / 2 ** STEP), count - STEP);
      this.step(value % 2 ** STEP, STEP);
    } else this.step(value, count);
  }

  /** Rice code with the parameter `low`: the quotient as ones that a zero ends, then `low` bits. */
  rice(value: number, low: number): void {
    if (value < 2 ** 31 && low < STEP) {
      const quotient = value >>> low;
      // Nearly all codes.
      if (quotient + 1 + low <= STEP) {
        this.step((((2 << quotient) - 2) << low) | (value & ((1 << low) - 1)), quotient + 1 + low);
        return;
      }
    }
    let quotient = Math.floor(value / 2 ** low);
    for (; quotient >= STEP; quotient -= STEP) this.step(2 ** STEP - 1, STEP);
    this.step(2 ** (quotient + 1) - 2, quotient + 1);
    this.write(value % 2 ** low, low);
  }

  /** Elias gamma code of a number of at least 1. */
  gamma(value: number): void {
    const length = Math.floor(Math.log2(value));
    this.rice(length, 0);
    this.write(value % 2 ** length, length);
  }

  /** Fills the last byte, and returns the number of bytes so far. */
  align(): number {
    if (this.pendingBits > 0) this.step(0, 8 - this.pendingBits);
    return this.end;
  }

  /** The bytes from `from` on, after {@link align}; valid until more is written. */
  from(from: number): Uint8Array {
    return this.bytes.subarray(from, this.end);
  }

  private step(value: number, count: number): void {
    this.pending = (this.pending << count) | value;
    this.pendingBits += count;
    if (this.end + 4 > this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    while (this.pendingBits >= 8) {
      this.pendingBits -= 8;
      this.bytes[this.end++] = this.pending >>> this.pendingBits;
    }
    this.pending &= (1 << this.pendingBits) - 1;
  }
}

/** Reads what {@link BitWriter} wrote. After the end there are ones. */
export class BitReader {
  private at = 0;
  private pending = 0;
  private pendingBits = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** Whether more bits were read than there are. */
  get isOver(): boolean {
    return this.at - (this.pendingBits >> 3) > this.bytes.length;
  }

  read(count: number): number {
    if (count > STEP) return this.read(count - STEP) * 2 ** STEP + this.step(STEP);
    return this.step(count);
  }

  rice(low: number): number {
    let quotient = 0;
    for (;;) {
      if (this.pendingBits === 0) this.fill(1);
      const zeros = ~this.pending & ((1 << this.pendingBits) - 1);
      const ones = this.pendingBits - (32 - Math.clz32(zeros));
      quotient += ones;
      this.pendingBits -= ones;
      if (quotient > MAX_QUOTIENT) throw new Error('damaged');
      if (zeros === 0) continue;
      this.pendingBits--;
      break;
    }
    return quotient * 2 ** low + this.read(low);
  }

  gamma(): number {
    const length = this.rice(0);
    return 2 ** length + this.read(length);
  }

  /** Reads bytes until at least `count` bits are pending. */
  private fill(count: number): void {
    while (this.pendingBits < count) {
      const byte = this.at < this.bytes.length ? this.bytes[this.at] : 255;
      this.at++;
      this.pending = ((this.pending & ((1 << this.pendingBits) - 1)) << 8) | byte;
      this.pendingBits += 8;
    }
  }

  private step(count: number): number {
    if (count === 0) return 0;
    this.fill(count);
    this.pendingBits -= count;
    return (this.pending >>> this.pendingBits) & (2 ** count - 1);
  }
}

/** Longer quotients are not written: a block has about 2,000 values. */
const MAX_QUOTIENT = 1 << 24;
