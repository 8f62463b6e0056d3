/** The files of `npm run bench:peers`: copies of few files that look like many. */
import fc from 'fast-check';
import { deliveryStamp, fileName, parseObjectKey } from '../../../cloudtrail/object-key';
import { freshId, keyOfCopy, placeOf, Template } from '../../../dev/bench/peers/multiply';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const PLAIN = 'AWSLogs/111122223333/CloudTrail/eu-west-1/2023/12/31/';
const NAME = '111122223333_CloudTrail_eu-west-1_20231231T2355Z_7xgocspSowgK0Gto.json.gz';
const KEYS = [
  `${PLAIN}${NAME}`,
  `logs/2020/01/01/${PLAIN}${NAME}`,
  `AWSLogs/o-abcdefghij/111122223333/CloudTrail/eu-west-1/2023/12/31/${NAME}`,
];

describe('The key of a copy', () => {
  it('is one that CloudTrail could have written, with the same place and the day of its new time', () => {
    const shift = fc.integer({ min: 0, max: 4_000 * 24 * 12 }).map((steps) => steps * 5 * MINUTE);
    fc.assert(
      fc.property(fc.constantFrom(...KEYS), shift, fc.nat(), (key, shiftMs, number) => {
        const copy = keyOfCopy(key, shiftMs, number) as string;
        const [was, is] = [parseObjectKey(key), parseObjectKey(copy)];
        expect(is).toMatchObject({ account: was?.account, region: was?.region, kindFolder: was?.kindFolder });
        const [before, after] = [deliveryStamp(fileName(key)), deliveryStamp(fileName(copy))];
        expect(after?.time).toBe((before?.time as number) + shiftMs);
        expect(after?.day).toBe(is?.day);
        expect(copy.slice(0, key.indexOf('2023/12/31'))).toBe(key.slice(0, key.indexOf('2023/12/31')));
        expect(fileName(copy)).toMatch(/^\d{12}_CloudTrail_[a-z0-9-]+_\d{8}T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$/);
      }),
    );
  });

  it('differs from that of every other copy, also of those with the same time', () => {
    const keys = Array.from({ length: 500 }, (_, number) => keyOfCopy(KEYS[0], (number % 3) * DAY, number));
    expect(new Set(keys).size).toBe(500);
  });

  it('does not exist for files whose names or folders are not those of CloudTrail', () => {
    expect(keyOfCopy(`${PLAIN}notes.json.gz`, 0, 0)).toBeUndefined();
    expect(keyOfCopy(NAME, 0, 0)).toBeUndefined();
    expect(keyOfCopy(`${PLAIN}${NAME.replace('20231231', '20239931')}`, 0, 0)).not.toContain('9931');
  });
});

describe('The text of a copy', () => {
  const record = {
    eventVersion: '1.09',
    eventTime: '2023-12-31T23:50:01Z',
    eventID: '11111111-2222-3333-4444-555555555555',
    requestID: '99999999-2222-3333-4444-555555555555',
    userIdentity: { sessionContext: { attributes: { creationDate: '2023-12-31T20:00:00Z' } } },
    requestParameters: { policy: '{"eventID":"stays","at":"2023-12-31T20:00:00Z"}', note: 'at 2023-12-31T20:00:00Z' },
  };
  const other = { ...record, eventID: 'not a UUID', requestID: 'ABCDEF0123456789' };
  const text = JSON.stringify({ Records: [record, other] });

  it('has fresh ids and shifted times, and everything else unchanged', () => {
    const template = new Template(text);
    let ids = 0;
    const copy = (shiftMs: number) => JSON.parse(template.copy(shiftMs, () => `id ${ids++}`));
    const shifted = { eventTime: '2024-01-02T23:55:01Z' };
    const userIdentity = { sessionContext: { attributes: { creationDate: '2024-01-02T20:05:00Z' } } };
    expect(copy(2 * DAY + 5 * MINUTE)).toEqual({
      Records: [
        { ...record, ...shifted, userIdentity, eventID: 'id 0', requestID: 'id 1' },
        { ...other, ...shifted, userIdentity, eventID: 'id 2' },
      ],
    });
    expect(copy(0).Records[0]).toEqual({ ...record, eventID: 'id 3', requestID: 'id 4' });
  });

  it('is the source to the byte where nothing is changed', () => {
    const spaced = '{ "Records" : [ {"eventName":"\\u00e4 \\/", "eventTime" : "2023-12-31T23:50:01Z" } ]}\n';
    expect(new Template(spaced).copy(0, () => 'id')).toBe(spaced);
  });

  it('has ids that look like those of CloudTrail and are never the same', () => {
    const ids = Array.from({ length: 10_000 }, (_, number) => freshId(number));
    expect(new Set(ids).size).toBe(10_000);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});

describe('The copies', () => {
  it('use all sources before one is used again, and have the same times only with different sources', () => {
    const placed = Array.from({ length: 60 }, (_, number) => placeOf(number, { sources: 7, filesPerDay: 20 }));
    expect(placed.slice(0, 7).map(({ source }) => source)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(placed.map(({ shiftMs }) => Math.floor(shiftMs / DAY))).toEqual(
      placed.map((_, number) => Math.floor(number / 20)),
    );
    expect(new Set(placed.map(({ source, shiftMs }) => `${source} ${shiftMs}`)).size).toBe(60);
  });
});
