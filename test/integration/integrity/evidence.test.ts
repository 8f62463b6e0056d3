/** The two commands in the README of evidence, with the real openssl and sha256sum: what they accept and what they reject. */
import { execFile, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomInt } from 'node:crypto';
import { link, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { type EvidenceFile, type EvidenceSource, evidenceFiles } from '../../../integrity/evidence.js';
import { type DigestContent, sha256, signingKey } from '../../support/digest-files.js';
import { commandsOf, evidenceIn, evidenceOfSample, signedAgain } from '../../support/evidence.js';

const MUTATIONS = 1_000;

const missing = ['sh', 'openssl', 'sha256sum'].filter((program) => {
  const [command, ...args] = program === 'sh' ? ['sh', '-c', 'exit 0'] : [program, 'version'];
  return spawnSync(command, args, { input: '' }).error !== undefined;
});
if (missing.length > 0) {
  const line = `[evidence] *** SKIPPED: the commands of evidence. ${missing.join(', ')}: not found.`;
  if (process.env.CI) throw new Error(line);
  process.stderr.write(`${line}\n`);
}
const describeWithPrograms = missing.length > 0 ? describe.skip : describe;

/** The exit statuses of the two commands. */
type Statuses = [signature: number, hashes: number];

describeWithPrograms('the commands of evidence', () => {
  let root: string;
  let first: EvidenceSource;
  let last: EvidenceSource;
  let made = 0;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'trailmill-evidence-'));
    ({ first, last } = await evidenceOfSample());
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  /** Runs the commands in the README of these files in every folder of `place`. One shell takes a fifth of the time. */
  async function statusesIn(place: string, files: readonly EvidenceFile[]): Promise<Map<string, Statuses>> {
    const [signature, hashes] = commandsOf(files);
    const script = `signature() {\n${signature}}\nhashes() {\n${hashes}}\nfor folder in *; do
      cd "$folder"; signature >/dev/null 2>&1; one=$?; hashes >/dev/null 2>&1; echo "$folder $one $?"; cd ..
    done`;
    const { stdout } = await promisify(execFile)('sh', ['-c', script], { cwd: place });
    return new Map(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
        .map(([folder, one, two]) => [folder, [Number(one), Number(two)]]),
    );
  }

  async function place(): Promise<string> {
    const folder = join(root, String(made++));
    await mkdir(folder);
    return folder;
  }

  /** The exit statuses for the files of `source`, some of them replaced. The commands are those of the original README. */
  async function statusesOf(source: EvidenceSource, changed: Record<string, Uint8Array> = {}): Promise<Statuses> {
    const files = evidenceFiles(source);
    const folder = await place();
    await mkdir(join(folder, 'evidence'));
    for (const { name, bytes } of files) await writeFile(join(folder, 'evidence', name), changed[name] ?? bytes);
    return (await statusesIn(folder, files)).get('evidence') as Statuses;
  }

  it('accept evidence as it was written, of the first digest of a chain and of a later one', async () => {
    await expect(statusesOf(first)).resolves.toEqual([0, 0]);
    await expect(statusesOf(last)).resolves.toEqual([0, 0]);
  });

  it('accept the evidence of every record of a log file, wherever it is', async () => {
    const log = Buffer.from(last.log.bytes);
    const { length } = (JSON.parse(log.toString()) as { Records: unknown[] }).Records;
    expect(length).toBeGreaterThan(1);
    for (let index = 0; index < length; index++)
      await expect(statusesOf({ ...last, ...evidenceIn(log, index) })).resolves.toEqual([0, 0]);
  });

  it(`reject each of ${MUTATIONS} mutations of its files`, async () => {
    const files = evidenceFiles(last);
    const folder = await place();
    const original = join(root, 'original');
    await mkdir(original);
    for (const { name, bytes } of files) await writeFile(join(original, name), bytes);
    const mutable = files.filter(({ name }) => name !== 'README.md');
    const mutations = fc.sample(mutationOf(mutable), { numRuns: MUTATIONS, seed: randomInt(2 ** 31) });
    for (const [index, mutation] of mutations.entries()) {
      const copy = join(folder, String(index));
      await mkdir(copy);
      for (const { name, bytes } of mutable) {
        if (name !== mutation.name) await link(join(original, name), join(copy, name));
        else await writeFile(join(copy, name), mutated(bytes, mutation));
      }
    }
    const statuses = await statusesIn(folder, files);
    expect(statuses.size).toBe(MUTATIONS);
    const accepted = mutations.filter((_, index) => statuses.get(String(index))?.every((status) => status === 0));
    expect(accepted).toEqual([]);
  });

  it('reject evidence without one of its files', async () => {
    for (const { name } of evidenceFiles(last).slice(1)) {
      const folder = await place();
      await mkdir(join(folder, 'evidence'));
      const files = evidenceFiles(last);
      for (const one of files) if (one.name !== name) await writeFile(join(folder, 'evidence', one.name), one.bytes);
      const [signature, hashes] = (await statusesIn(folder, files)).get('evidence') as Statuses;
      expect({ name, rejected: signature !== 0 || hashes !== 0 }).toEqual({ name, rejected: true });
    }
  });

  describe('reject a forgery that is otherwise consistent:', () => {
    /** The event's record is changed but has the same length, so all offsets are correct. */
    function forged(source: EvidenceSource) {
      const log = Buffer.from(source.log.bytes);
      const { from, to } = source.record;
      const name = log.indexOf('"eventName":"', from) + 13;
      expect(name).toBeLessThan(to);
      log[name] ^= 1;
      const [was, is] = [sha256(Buffer.from(source.log.bytes)), sha256(log)];
      const digest = Buffer.from(Buffer.from(source.digest.bytes).toString().replace(was, is));
      return { log, record: log.subarray(from, to), digest };
    }

    it('the log file and the record are changed', async () => {
      const { log, record } = forged(last);
      const [, hashes] = await statusesOf(last, { 'log.json': log, 'record.json': record });
      expect(hashes).not.toBe(0);
    });

    it('the digest also has the new hash', async () => {
      const { log, record, digest } = forged(last);
      const changed = { 'log.json': log, 'record.json': record, 'digest.json': digest };
      const [signature, hashes] = await statusesOf(last, changed);
      expect(signature).toBe(0);
      expect(hashes).not.toBe(0);
    });

    it('the signed text also has the hash of the new digest', async () => {
      const { log, record, digest } = forged(last);
      const text = Buffer.from(evidenceFiles(last).find(({ name }) => name === 'signed.txt')?.bytes ?? []).toString();
      const signed = Buffer.from(text.replace(sha256(Buffer.from(last.digest.bytes)), sha256(digest)));
      const changed = { 'log.json': log, 'record.json': record, 'digest.json': digest, 'signed.txt': signed };
      const [signature, hashes] = await statusesOf(last, changed);
      expect(signature).not.toBe(0);
      expect(hashes).toBe(0);
    });

    it('the digest is also signed with another key', async () => {
      const { log, record, digest } = forged(last);
      const source = { ...last, log: { ...last.log, bytes: log } };
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const key = signingKey(String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
      const event = (JSON.parse(record.toString()) as { eventID: string }).eventID;
      const others = evidenceFiles({
        ...signedAgain(source, JSON.parse(digest.toString()) as DigestContent, key),
        event,
      });
      // Only the README is the original.
      const [signature, hashes] = await statusesOf(
        last,
        Object.fromEntries(others.filter(({ name }) => name !== 'README.md').map(({ name, bytes }) => [name, bytes])),
      );
      expect(signature).toBe(0);
      expect(hashes).not.toBe(0);
    });
  });
});

interface Mutation {
  name: string;
  how: 'change' | 'insert' | 'delete' | 'truncate';
  at: number;
  byte: number;
}

/** One byte of a file changed, or bytes added or removed. All files are equally likely, whatever their sizes. */
function mutationOf(files: readonly EvidenceFile[]): fc.Arbitrary<Mutation> {
  return fc.constantFrom(...files).chain(({ name, bytes }) =>
    fc.record({
      name: fc.constant(name),
      how: fc.constantFrom('change', 'insert', 'delete', 'truncate'),
      // Biased to both ends, where line breaks and magic bytes are.
      at: fc.integer({ min: 0, max: bytes.length - 1 }),
      // White space is ignored by parsers and shells.
      byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 9, 10, 13, 32)),
    }),
  );
}

/** Always differs from `bytes`. */
function mutated(bytes: Uint8Array, { how, at, byte }: Mutation): Buffer {
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (how) {
    case 'change':
      return Buffer.concat([before, Buffer.of(byte === bytes[at] ? byte ^ 1 : byte), after.subarray(1)]);
    case 'insert':
      return Buffer.concat([before, Buffer.of(byte), after]);
    case 'delete':
      return Buffer.concat([before, after.subarray(1)]);
    case 'truncate':
      return Buffer.from(before);
  }
}
