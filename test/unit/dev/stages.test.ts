/** How `npm run bench:peers` divides the CPU time of a worker among the stages of a backfill. */
import fc from 'fast-check';
import {
  type CpuProfile,
  divide,
  type FunctionCost,
  STAGES,
  scriptPath,
  stageOfThread,
  stageTable,
  topFunctions,
} from '../../../dev/bench/peers/stages';

const DIST = '/app/dist';

/** A profile of one call stack a sample: `path function` from the outermost frame on. All samples are 1 ms apart. */
function profileOf(...stacks: string[][]): CpuProfile {
  const nodes: { id: number; callFrame: CpuProfile['nodes'][0]['callFrame']; children: number[] }[] = [];
  const add = (frame: string): number => {
    const path = frame.split(' ', 1)[0];
    const functionName = frame.slice(path.length + 1);
    const url = path.startsWith('node:') || path === '-' ? path.replace('-', '') : `file://${DIST}/${path}`;
    return nodes.push({ id: nodes.length + 1, callFrame: { functionName, url, lineNumber: 0 }, children: [] });
  };
  add('- (root)');
  const samples = stacks.map((stack) =>
    stack.reduce((parent, frame) => {
      const id = add(frame);
      nodes[parent - 1].children.push(id);
      return id;
    }, 1),
  );
  return { nodes, samples, timeDeltas: samples.map(() => 1_000) };
}

const stagesOf = (...stack: string[]): string[] => divide(profileOf(stack), 1, DIST).map(({ stage }) => stage);

describe('The stage of a sample', () => {
  it('is that of its innermost frame that has one', () => {
    const chunk = 'ingest/chunk.js add';
    expect(stagesOf(chunk, 'cloudtrail/decoder/scanner.js string')).toEqual(['decode']);
    expect(stagesOf(chunk, 'ingest/uncompress/uncompress.js uncompress', 'node:zlib gunzipSync', '- write')).toEqual([
      'gunzip',
    ]);
    expect(stagesOf(chunk, 'cloudtrail/decoder/day-rows.js complete', 'cloudtrail/derived/principal.js names')).toEqual(
      ['derive'],
    );
    expect(stagesOf(chunk, 'node:internal/crypto/hash update', '- update')).toEqual(['hash']);
  });

  it('is that of the caller for what has no stage of its own', () => {
    const column = 'columnar/column.js append';
    expect(stagesOf('cloudtrail/decoder/record-decoder.js member', column)).toEqual(['decode']);
    expect(stagesOf('cloudtrail/derived/geo.js place', column)).toEqual(['derive']);
    expect(stagesOf('plan/plan-day.js planDay', 'storage/concurrency.js readAhead')).toEqual(['list']);
    expect(stagesOf('iceberg/append.js append', 'storage/concurrency.js readAhead')).toEqual(['manifest']);
  });

  it('is, for reading and writing, that of who asked for it, or the kind of the call', () => {
    expect(stagesOf('iceberg/append.js append', 'storage/file.js put', 'node:fs writeSync')).toEqual(['manifest']);
    expect(stagesOf('storage/file.js get', 'node:internal/fs/promises open')).toEqual(['fetch']);
    expect(stagesOf('ingest/chunk.js add', 'node:fs readFileSync', '- read')).toEqual(['fetch']);
    expect(stagesOf('node:internal/fs/promises writeFile')).toEqual(['store']);
    expect(stagesOf('storage/file-walk.js walk', 'node:fs readdir')).toEqual(['list']);
  });

  it('is told by rooms, so that new files of a room have one', () => {
    expect(stagesOf('parquet/anything/new.js page')).toEqual(['Parquet']);
    expect(stagesOf('commit/new.js merge')).toEqual(['commit']);
    expect(stagesOf('cloudtrail/decoder/new.js scan')).toEqual(['decode']);
  });

  it('is other for what nobody knows, and has its own for garbage and for loading modules', () => {
    expect(stagesOf('new-room/file.js call')).toEqual(['other']);
    expect(stagesOf('ingest/chunk.js add', '- (garbage)')).toEqual(['decode']);
    expect(stagesOf('- (garbage collector)')).toEqual(['garbage collection']);
    expect(stagesOf('worker/run-worker.js run', 'node:internal/modules/cjs/loader wrapSafe')).toEqual(['start']);
  });
});

describe('The CPU time of a thread', () => {
  it('is divided in proportion to samples, without those in which the thread waited', () => {
    const costs = divide(
      profileOf(
        ['ingest/chunk.js add'],
        ['- (idle)'],
        ['cloudtrail/decoder/scanner.js string'],
        ['node_modules/piscina/dist/worker.js atomicsWaitLoop'],
        ['plan/plan-day.js planDay'],
        ['plan/plan-day.js planDay'],
      ),
      8,
      DIST,
    );
    const table = stageTable(costs, 8);
    expect(table.get('decode')).toBeCloseTo(4);
    expect(table.get('list')).toBeCloseTo(4);
    expect(table.get('other')).toBeCloseTo(0);
  });

  it('of all stages adds up to that of the process, whatever was found', () => {
    const costs = fc.array(
      fc.record({
        name: fc.string(),
        stage: fc.constantFrom(...STAGES),
        seconds: fc.double({ min: 0, max: 1e3, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(costs, fc.double({ min: 0, max: 1e4, noNaN: true }), (found: FunctionCost[], whole) => {
        const sum = [...stageTable(found, whole).values()].reduce((a, b) => a + b, 0);
        expect(sum).toBeCloseTo(whole, 4);
      }),
    );
  });

  it('is shown by functions, those with the most first and each once', () => {
    const costs = divide(profileOf(['plan/a.js one'], ['plan/a.js two'], ['plan/a.js two']), 3, DIST);
    expect(topFunctions(costs, 1)).toEqual([{ name: 'two plan/a.js:1', stage: 'list', seconds: expect.closeTo(2) }]);
  });
});

describe('Threads without JavaScript', () => {
  it('are told by their names, and where they have none by when they started', () => {
    expect(stageOfThread('tokio-runtime-w', false)).toBe('Temporal');
    expect(stageOfThread('v8:ProfEvntProc', false)).toBe('profiler');
    expect(stageOfThread('node', true)).toBe('V8 threads');
    expect(stageOfThread('node', false)).toBe('libuv threads');
    expect(stageOfThread('libuv-worker', false)).toBe('libuv threads');
    expect(stageOfThread('V8Worker', false)).toBe('V8 threads');
    expect(stageOfThread('something', false)).toBe('other');
  });
});

describe('The path of a script', () => {
  it('begins with the room, or with the package, wherever packages are installed', () => {
    expect(scriptPath(`file://${DIST}/plan/a.js`, DIST)).toBe('plan/a.js');
    expect(scriptPath('/elsewhere/node_modules/avsc/lib/types.js', DIST)).toBe('node_modules/avsc/lib/types.js');
    expect(scriptPath('file:///a/node_modules/b/node_modules/avsc/x.js', DIST)).toBe('node_modules/avsc/x.js');
    expect(scriptPath('node:zlib', DIST)).toBe('node:zlib');
  });
});
