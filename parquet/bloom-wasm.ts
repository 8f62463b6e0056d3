/**
 * The inner loop of Bloom filters, in WebAssembly: hashes bytes with XXH64 (seed 0) and sets the bits of the hash in a
 * split block Bloom filter (Parquet format, "BloomFilter.md";
 * https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md). JavaScript can multiply 64-bit numbers only as
 * BigInt, which takes ten times as long. The code is assembled here from a list of instructions (WebAssembly core
 * specification, "Binary Format").
 */

/** Instructions, and the constants and indexes that follow some of them. */
type Code = readonly number[];

/**
 * The compiled function: hashes the bytes in memory from `at` on into the filter of `blocks` blocks at the start of the
 * memory.
 */
export interface BloomInserter {
  insert(at: number, length: number, blocks: number): void;
  memory: { buffer: ArrayBuffer };
}

/** Node's type declarations lack it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

/** Bytes of a page of memory. */
export const WASM_PAGE = 1 << 16;

const TYPE = { i32: 0x7f, i64: 0x7e, function: 0x60, none: 0x40 };
const OP = {
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  brIf: 0x0d,
  get: 0x20,
  set: 0x21,
  load32: 0x28,
  load64: 0x29,
  load64From8: 0x31,
  load64From32: 0x35,
  store32: 0x36,
  const32: 0x41,
  const64: 0x42,
  less32: 0x49,
  lessOrEqual32: 0x4d,
  add32: 0x6a,
  multiply32: 0x6c,
  or32: 0x72,
  shiftLeft32: 0x74,
  shiftRight32: 0x76,
  add64: 0x7c,
  multiply64: 0x7e,
  xor64: 0x85,
  shiftRight64: 0x88,
  rotate64: 0x89,
  wrap64: 0xa7,
  extend32: 0xad,
};

function signed(value: bigint): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const bits = Number(rest & 127n);
    const isLast = rest >> 6n === 0n || rest >> 6n === -1n;
    bytes.push(isLast ? bits : bits | 128);
    if (isLast) return bytes;
  }
}

const unsigned = (value: number): Code =>
  value < 128 ? [value] : [(value & 127) | 128, ...unsigned(Math.floor(value / 128))];
const i32 = (value: number): Code => [OP.const32, ...signed(BigInt(value | 0))];
const i64 = (value: bigint): Code => [OP.const64, ...signed(BigInt.asIntN(64, value))];
const get = (local: number): Code => [OP.get, local];
const set = (local: number, value: Code): Code => [...value, OP.set, local];
/** With an alignment of one byte. */
const memory = (op: number, address: Code, offset = 0): Code => [...address, op, 0, ...unsigned(offset)];
const when = (condition: Code, then: Code, otherwise: Code = []): Code => [
  ...condition,
  OP.if,
  TYPE.none,
  ...then,
  ...(otherwise.length > 0 ? [OP.else, ...otherwise] : []),
  OP.end,
];
const repeat = (body: Code, condition: Code): Code => [OP.loop, TYPE.none, ...body, ...condition, OP.brIf, 0, OP.end];

const PRIMES = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const;
const [P1, P2, P3, P4, P5] = PRIMES.map(i64);
/** Of each word of a block (Parquet format, "BloomFilter.md"). */
const SALTS = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

/** Parameters and locals; `at` moves to the end. */
const [at, length, blocks, end, block, lane1, lane2, lane3, lane4, hash] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const LANES = [lane1, lane2, lane3, lane4];

const forward = (bytes: number): Code => set(at, [...get(at), ...i32(bytes), OP.add32]);
/** Whether this many bytes are left. */
const has = (bytes: number): Code => [...get(at), ...i32(bytes), OP.add32, ...get(end), OP.lessOrEqual32];
const rotated = (value: Code, bits: bigint): Code => [...value, ...i64(bits), OP.rotate64];
const round = (accumulator: Code, input: Code): Code => [
  ...rotated([...accumulator, ...input, ...P2, OP.multiply64, OP.add64], 31n),
  ...P1,
  OP.multiply64,
];
/** Combines the hash with the input: `rotate((hash ^ input), bits) * factor + term`. */
const absorb = (input: Code, bits: bigint, factor: Code, term: Code = i64(0n)): Code =>
  set(hash, [...rotated([...get(hash), ...input, OP.xor64], bits), ...factor, OP.multiply64, ...term, OP.add64]);
const fold = (bits: bigint): Code => set(hash, [...get(hash), ...get(hash), ...i64(bits), OP.shiftRight64, OP.xor64]);
const scale = (factor: Code): Code => set(hash, [...get(hash), ...factor, OP.multiply64]);

const STRIPES: Code = [
  ...[PRIMES[0] + PRIMES[1], PRIMES[1], 0n, -PRIMES[0]].flatMap((value, i) => set(LANES[i], i64(value))),
  ...repeat(
    [...LANES.flatMap((lane, i) => set(lane, round(get(lane), memory(OP.load64, get(at), 8 * i)))), ...forward(32)],
    has(32),
  ),
  ...set(hash, i64(0n)),
  ...LANES.flatMap((lane, i) => set(hash, [...get(hash), ...rotated(get(lane), [1n, 7n, 12n, 18n][i]), OP.add64])),
  ...LANES.flatMap((lane) => absorb(round(i64(0n), get(lane)), 0n, P1, P4)),
];

const HASH: Code = [
  ...set(end, [...get(at), ...get(length), OP.add32]),
  ...when(has(32), STRIPES, set(hash, P5)),
  ...set(hash, [...get(hash), ...get(length), OP.extend32, OP.add64]),
  ...when(has(8), repeat([...absorb(round(i64(0n), memory(OP.load64, get(at))), 27n, P1, P4), ...forward(8)], has(8))),
  ...when(has(4), [...absorb([...memory(OP.load64From32, get(at)), ...P1, OP.multiply64], 23n, P2, P3), ...forward(4)]),
  ...when(
    has(1),
    repeat(
      [...absorb([...memory(OP.load64From8, get(at)), ...P5, OP.multiply64], 11n, P1), ...forward(1)],
      [...get(at), ...get(end), OP.less32],
    ),
  ),
  ...fold(33n),
  ...scale(P2),
  ...fold(29n),
  ...scale(P3),
  ...fold(32n),
];

/** The high word of the hash selects the block, the low word one bit of each of its words. */
const INSERT: Code = [
  ...set(block, [
    ...get(hash),
    ...i64(32n),
    OP.shiftRight64,
    ...get(blocks),
    OP.extend32,
    OP.multiply64,
    ...i64(32n),
    OP.shiftRight64,
    OP.wrap64,
    ...i32(32),
    OP.multiply32,
  ]),
  ...SALTS.flatMap((salt, word): Code => {
    const bit = [...get(hash), OP.wrap64, ...i32(salt), OP.multiply32, ...i32(27), OP.shiftRight32];
    const mask = [...i32(1), ...bit, OP.shiftLeft32];
    return memory(OP.store32, [...get(block), ...memory(OP.load32, get(block), 4 * word), ...mask, OP.or32], 4 * word);
  }),
];

/** Compiles the function, with a memory of this many pages. */
export function bloomInserter(pages: number): BloomInserter {
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
  const name = (text: string): Code => [text.length, ...Buffer.from(text)];
  const locals = [2, 2, TYPE.i32, 5, TYPE.i64];
  const body = [...locals, ...HASH, ...INSERT, OP.end];
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, TYPE.function, 3, TYPE.i32, TYPE.i32, TYPE.i32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...unsigned(pages)]),
    ...section(7, [2, ...name('insert'), 0, 0, ...name('memory'), 2, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ];
  return new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(bytes))).exports as BloomInserter;
}
