/** Which data files are compared: never too few, and only those whose accounts and times overlap. */
import fc from 'fast-check';
import { mayShareEvents, scopeFieldsOf, scopeOf } from '../../../commit/file-scope';
import type { DataFile } from '../../../iceberg/types';
import { ensureTables } from '../../../run/context';
import { DAY, filesOf, ingestWholeDay, memoryRun, records, trailFile, trailKey } from '../../support/runs';

interface Event {
  account: string | undefined;
  /** Milliseconds of the day. */
  ms: number;
}

/** The data file of a day with these events, and the fields of its table. */
async function fileOf(events: readonly Event[]) {
  const run = memoryRun();
  const [record] = records(1);
  const list = events.map(({ account, ms }, i) => ({
    ...record,
    eventID: `id-${i}`,
    eventTime: new Date(Date.parse(`${DAY}T00:00:00Z`) + ms).toISOString(),
    recipientAccountId: account,
  }));
  await run.bucket.put(trailKey('one'), trailFile(list));
  await ingestWholeDay(run);
  const table = (await ensureTables(run)).default;
  if (table === undefined) throw new Error('no table');
  const [file] = await filesOf(run, 'default');
  return { file, fields: scopeFieldsOf(table) };
}

const LONG = 'an-account-of-more-than-16-characters';
const event = fc.record({
  account: fc.constantFrom(undefined, '', '111111111111', '222222222222', '333333333333', LONG, `${LONG}-2`),
  ms: fc.oneof(fc.integer({ min: 0, max: 86_399_999 }), fc.integer({ min: 1_000, max: 4_000 })),
});
const someEvents = fc.array(event, { minLength: 1, maxLength: 4 });

it('files with events of one account and second are compared', async () => {
  await fc.assert(
    fc.asyncProperty(someEvents, someEvents, event, fc.nat(999), async (one, two, common, ms) => {
      const sameSecond = { ...common, ms: Math.floor(common.ms / 1000) * 1000 + ms };
      const [a, b] = [await fileOf([...one, common]), await fileOf([...two, sameSecond])];
      expect(mayShareEvents(scopeOf(a.file, a.fields), scopeOf(b.file, b.fields))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

it('files of other accounts or other times are not, unless their bounds are missing', async () => {
  const at = (account: string | undefined, ms: number): Event => ({ account, ms });
  const one = await fileOf([at('111111111111', 5_000), at('111111111111', 9_000)]);
  const isCompared = ({ file, fields }: typeof one, less?: keyof DataFile): boolean =>
    mayShareEvents(scopeOf(one.file, one.fields), scopeOf(less === undefined ? file : { ...file, [less]: {} }, fields));
  const others = {
    'of another account': await fileOf([at('222222222222', 6_000)]),
    'of no account': await fileOf([at(undefined, 6_000), at('', 6_000)]),
    'a second earlier': await fileOf([at('111111111111', 4_999)]),
    'a second later': await fileOf([at('111111111111', 10_000)]),
  };
  for (const [what, other] of Object.entries(others)) expect([what, isCompared(other)]).toEqual([what, false]);
  expect(isCompared(await fileOf([at('111111111111', 9_999)]))).toBe(true);
  const later = others['a second later'];
  expect([isCompared(later, 'lowerBounds'), isCompared(later, 'upperBounds')]).toEqual([true, false]);
  expect(isCompared(others['of another account'], 'lowerBounds')).toBe(true);
  const noFields = { time: undefined, account: undefined };
  expect(mayShareEvents(scopeOf(one.file, one.fields), scopeOf(later.file, noFields))).toBe(true);
});
