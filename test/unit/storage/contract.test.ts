/** The promises of the port, tested with every adapter; and `list` of one adapter compared with the other on random keys. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { withDeadline } from '../../../storage/deadline.js';
import { createFileStore } from '../../../storage/file.js';
import { createMemoryStore } from '../../../storage/memory.js';
import type { ListOptions, ObjectStore } from '../../../storage/object-store.js';
import { listAll, storageContract, text } from '../../support/storage-contract.js';

const directories: string[] = [];

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-storage-'));
  directories.push(directory);
  return directory;
}

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const ADAPTERS: [string, () => ObjectStore][] = [
  ['memory', () => createMemoryStore('test')],
  ['file', () => createFileStore(temporaryDirectory())],
  ['memory store with a deadline', () => withDeadline(createMemoryStore('test'), 60_000)],
];

describe.each(ADAPTERS)('%s store', (_name, create) => storageContract(create));

/** Segments from an alphabet around the slash (`.` and `-` sort before it, `0` after), and beyond U+FFFF. */
const segment = fc
  .array(fc.constantFrom('a', 'b', '.', '-', '0', '\uFF5E', '\u{1F600}'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(''))
  .filter((part) => part !== '.' && part !== '..');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

/** On disk no key is a folder of another. */
function withoutConflicts(keys: string[]): string[] {
  return keys.filter((key) => !keys.some((other) => other.startsWith(`${key}/`)));
}

test('memory and disk list in the same way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(path, { maxLength: 25 }).map(withoutConflicts),
      fc.array(
        fc.record({ from: path, length: fc.nat(12), after: fc.option(path, { nil: undefined }), flat: fc.boolean() }),
        {
          minLength: 5,
          maxLength: 5,
        },
      ),
      async (keys, questions) => {
        const directory = temporaryDirectory();
        const [memory, file] = [createMemoryStore('m'), createFileStore(directory)];
        await Promise.all(keys.flatMap((key) => [memory.put(key, text(key)), file.put(key, text(key))]));
        for (const { from, length, after, flat } of questions) {
          const options: ListOptions = { delimiter: flat ? undefined : '/', startAfter: after };
          // Cut between characters: half of a surrogate pair is not valid text.
          const prefix = [...(keys.find((key) => key.startsWith(from[0])) ?? from)].slice(0, length).join('');
          if (
            prefix
              .split('/')
              .slice(0, -1)
              .some((part) => part === '.' || part === '..')
          )
            continue;
          expect(await listAll(file, prefix, options)).toEqual(await listAll(memory, prefix, options));
        }
        rmSync(directory, { recursive: true, force: true });
      },
    ),
    { numRuns: 60 },
  );
});
