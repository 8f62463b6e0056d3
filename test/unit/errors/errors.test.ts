/** The error table: what becomes of each error in an activity, and that docs/errors.md has all of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ApplicationFailure,
  CancelledFailure,
  DefaultFailureConverter,
  defaultPayloadConverter,
} from '@temporalio/common';
import { activityFailure } from '../../../activities/failures';
import { REJECT_REASONS } from '../../../cloudtrail/decoder/reject-reasons';
import { ERRORS_PAGE, errorsPage } from '../../../dev/scripts/docs/errors';
import * as errors from '../../../errors/index';
import {
  MAX_DEFECT_ATTEMPTS,
  NOTE_CODES,
  POLICY,
  QUARANTINE_CODES,
  quarantineCodeOf,
  SKIP_CODES,
} from '../../../errors/index';

const ROOT = join(__dirname, '../../..');

/** One of each class. */
const ALL: readonly errors.TrailmillError[] = [
  new errors.UserMistake('m', 'c'),
  new errors.RunRefused('m', 'c'),
  new errors.ObjectNotFound('m', 'c'),
  new errors.ObjectChanged('m', 'c'),
  new errors.AlreadyExists('m', 'c'),
  new errors.StorageAccessDenied('m', 'c'),
  new errors.StorageUnavailable('m', 'c'),
  new errors.UnreadableFile('invalid_json', 'm'),
  new errors.CommitConflict('m', 'c'),
  new errors.CommitStateUnknown('m', 'c'),
  new errors.PlanOutdated('m', 'c'),
  new errors.ReplaceOutdated('m'),
  new errors.TableUnusable('m', 'c'),
];

test('every class has its row in the table, and every row its class', () => {
  expect(ALL.map(({ name }) => name).sort()).toEqual(Object.keys(POLICY).sort());
  const declared = readFileSync(join(ROOT, 'errors/classes.ts'), 'utf8').matchAll(
    /class (\w+) extends TrailmillError/g,
  );
  expect([...declared].map(([, name]) => name).sort()).toEqual(Object.keys(POLICY).sort());
});

describe('in an activity', () => {
  const failure = (error: unknown, attempt = 1, cancelled = false) =>
    activityFailure(error, attempt, cancelled) as ApplicationFailure;

  it.each([
    ['StorageUnavailable', true],
    ['CommitConflict', true],
    ['CommitStateUnknown', true],
    ['ObjectNotFound', false],
    ['ObjectChanged', false],
    ['UnreadableFile', false],
    ['StorageAccessDenied', false],
    ['AlreadyExists', false],
    ['TableUnusable', false],
    ['UserMistake', false],
  ])('%s is retried: %p, however often it occurred', (name, again) => {
    const error = ALL.find((each) => each.name === name);
    for (const attempt of [1, 2, 1000]) {
      const made = failure(error, attempt);
      expect(made).toBeInstanceOf(ApplicationFailure);
      expect([made.type, made.nonRetryable]).toEqual([name, !again]);
    }
  });

  it('has the message and the cure, and says where the error was thrown', () => {
    const made = failure(new errors.StorageAccessDenied('No permission.', 'Grant it.'));
    expect(made).toMatchObject({ message: 'No permission. Grant it.', type: 'StorageAccessDenied' });
    expect(made.cause).toMatchObject({ name: 'StorageAccessDenied', message: 'No permission.' });
    expect(made.cause?.stack).toMatch(/^ {4}at .*errors\.test\.ts/);
  });

  it('stays small enough for the server, whatever S3 and its SDK return', () => {
    let cause: Error | undefined;
    for (let i = 0; i < 20; i++) cause = new Error(`ü${'x'.repeat(500)}`, { cause });
    for (const text of ['y'.repeat(20_000), '\u{1f600}'.repeat(5_000)]) {
      const made = failure(new errors.StorageUnavailable(text, 'Renew them.', { cause }));
      const bytes = Buffer.byteLength(
        JSON.stringify(new DefaultFailureConverter().errorToFailure(made, defaultPayloadConverter)),
      );
      expect(bytes).toBeLessThan(4_096);
    }
  });

  it('a defect is retried a few times, whatever was thrown', () => {
    for (const defect of [new TypeError('x is not a function'), 'text', undefined]) {
      expect(failure(defect, MAX_DEFECT_ATTEMPTS - 1).nonRetryable).toBe(false);
      expect(failure(defect, MAX_DEFECT_ATTEMPTS).nonRetryable).toBe(true);
    }
    expect(failure(new TypeError('x')).type).toBe('TypeError');
    expect(failure('text')).toMatchObject({ type: 'Error', message: 'text' });
  });

  it('a cancellation passes unchanged: it is neither a failure nor an attempt', () => {
    const abort = new DOMException('aborted', 'AbortError');
    expect(activityFailure(abort, MAX_DEFECT_ATTEMPTS, true)).toBe(abort);
    expect(activityFailure(ALL[4], 1, true)).toBe(ALL[4]);
    const cancelled = new CancelledFailure('cancelled');
    expect(activityFailure(cancelled, 1, false)).toBe(cancelled);
  });

  it('a failure created by Temporal passes unchanged', () => {
    const given = ApplicationFailure.nonRetryable('no');
    expect(activityFailure(given, 1, false)).toBe(given);
  });
});

test('reading a file of the bucket, some errors are about that file alone', () => {
  expect(Object.fromEntries(ALL.map((error) => [error.name, quarantineCodeOf(error)]))).toEqual({
    UnreadableFile: 'invalid_json',
    ObjectNotFound: 'object_not_found',
    ObjectChanged: 'object_changed',
    StorageAccessDenied: 'access_denied',
    UserMistake: undefined,
    AlreadyExists: undefined,
    StorageUnavailable: undefined,
    CommitConflict: undefined,
    CommitStateUnknown: undefined,
    TableUnusable: undefined,
  });
  expect(quarantineCodeOf(new TypeError('a defect'))).toBeUndefined();
});

describe('docs/errors.md', () => {
  const page = readFileSync(join(ROOT, ERRORS_PAGE), 'utf8');

  it('is up to date; `npm run docs` writes it again', () => {
    expect(page).toBe(errorsPage());
  });

  it('has a row for every class and for every code', () => {
    const tables = [POLICY, QUARANTINE_CODES, SKIP_CODES, NOTE_CODES, REJECT_REASONS];
    const rows = new Set([...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name));
    expect(tables.flatMap((table) => Object.keys(table)).filter((name) => !rows.has(name))).toEqual([]);
  });

  it('has every code that the source writes into the ledger by hand', () => {
    const written = new Set<string>();
    const code = /(?:['`]|code: ')([a-z]+(?:_[a-z]+)+)(?:: |')/g;
    for (const room of ['ingest', 'ingest/uncompress', 'cloudtrail', 'cloudtrail/decoder'])
      for (const name of readdirSync(join(ROOT, room)).filter((file) => file.endsWith('.ts')))
        for (const [all, found] of readFileSync(join(ROOT, room, name), 'utf8').matchAll(code))
          if (all.startsWith('code') || all.endsWith(': ')) written.add(found);
    expect([...written].sort()).toEqual([
      'beside_records',
      'hidden_bytes',
      'not_proven',
      'several_documents',
      'table_not_wanted',
      'trailing_members',
    ]);
  });

  it('has text in every cell', () => {
    const cells = page
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .flatMap((line) => line.split('|').slice(1, -1));
    expect(cells.filter((cell) => cell.trim() === '')).toEqual([]);
  });
});
