/** What `npm run bench:peers` makes of its measurements. */
import { differences, type Sums } from '../../../dev/bench/peers/agreement';
import { chdbStatements, duckdbStatements } from '../../../dev/bench/peers/peer-sql';
import { parseStat } from '../../../dev/bench/peers/process-usage';
import { type Cost, median, summarize } from '../../../dev/bench/peers/statistics';

const cost = (cpuSeconds: number, outputMegabytes?: number): Cost => ({
  ...{ cpuSeconds, wallSeconds: 1, peakMegabytes: 1 },
  outputMegabytes,
});

describe('Statistics of rounds', () => {
  it('take the middle value, and of two middle values the mean', () => {
    expect(median([9, 1, 10])).toBe(9);
    expect(median([4, 1, 3, 100])).toBe(3.5);
    expect(median([])).toBeNaN();
  });

  it('compare the medians with that of the best reference, not with what is no reference', () => {
    const { summaries, references } = summarize([
      { name: 'quick', isReference: false, costs: [cost(1)] },
      { name: 'slow', isReference: true, costs: [cost(9, 3), cost(8, 3), cost(40, 3)] },
      { name: 'good', isReference: true, costs: [cost(5, 6), cost(4, 6), cost(1, 6)] },
      { name: 'ours', isReference: false, costs: [cost(6, 1.5)] },
    ]);
    expect(references).toMatchObject({ cpuSeconds: 'good', outputMegabytes: 'slow' });
    expect(summaries.get('slow')?.cpuSeconds).toEqual({ median: 9, least: 8, most: 40, ratio: 9 / 4 });
    expect(summaries.get('ours')?.cpuSeconds?.ratio).toBe(1.5);
    expect(summaries.get('ours')?.outputMegabytes?.ratio).toBe(0.5);
    expect(summaries.get('quick')?.outputMegabytes).toBeUndefined();
  });

  it('have no ratios where no reference ran', () => {
    const { summaries, references } = summarize([{ name: 'ours', isReference: false, costs: [cost(6)] }]);
    expect(references).toEqual({});
    expect(summaries.get('ours')?.cpuSeconds).toEqual({ median: 6, least: 6, most: 6 });
  });
});

describe('Outputs', () => {
  it('that differ in one sum are named, with both values', () => {
    const outputs = new Map([
      ['a', { events: '10', ids: '9' }],
      ['b', { events: '10', ids: '9' }],
      ['c', { events: '10', ids: '8' }],
    ]);
    expect(differences(outputs)).toEqual(['c: ids 8, but a: 9']);
  });

  it('that lack a sum differ', () => {
    const outputs = (first: Sums, second: Sums) => new Map(Object.entries({ a: first, b: second }));
    expect(differences(outputs({ events: '1' }, {}))).toEqual(['b: events undefined, but a: 1']);
    expect(differences(outputs({}, { events: '1' }))).toEqual(['b: events 1, but a: undefined']);
  });
});

describe('The CPU time of a process', () => {
  it('is found whatever its name is', () => {
    const fields = Array.from({ length: 49 }, (_, at) => (at === 0 ? 'S' : String(at + 3)));
    expect(parseStat(`17 (a) b (c)) ${fields.join(' ')}`, 100)).toEqual({
      ...{ name: 'a) b (c)', own: (14 + 15) / 100, children: (16 + 17) / 100 },
    });
  });
});

describe('The SQL of the peers', () => {
  const task = { bucket: "/data/it's", output: '/out/events.parquet', threads: 2 };
  const columnsOf = (sql: string, pattern: RegExp): string[] =>
    [...sql.matchAll(pattern)].map(([, name]) => name).sort();

  it('writes the same 27 members of records, and the name of the file, in both engines', () => {
    const duckdb = duckdbStatements(task).at(-1) as string;
    const chdb = chdbStatements(task).at(-1) as string;
    const columns = columnsOf(duckdb, /record\."(\w+)"/g);
    expect(columns).toHaveLength(27);
    expect(columnsOf(chdb, /tupleElement\(record, '(\w+)'\)/g)).toEqual(columns);
    for (const sql of [duckdb, chdb]) expect(sql).toMatch(/, log_file\s+FROM/);
  });

  it('quotes paths', () => {
    for (const statements of [duckdbStatements(task), chdbStatements(task)])
      expect(statements.at(-1)).toContain("'/data/it''s/**/*.json.gz'");
  });
});
