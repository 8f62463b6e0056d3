/** A chunk is decoded in pieces, which leave what the whole chunk would leave. */
import fc from 'fast-check';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default';
import { defaultTables, REJECTS_COLUMNS } from '../../../cloudtrail/tables';
import { schemaOf } from '../../../iceberg/schema';
import { ingestBatch } from '../../../ingest/batch';
import { inPieces, PIECE_BYTES } from '../../../ingest/pieces';
import type { DecoderPool } from '../../../ingest/threads/decoder-pool';
import { inlinePool } from '../../../ingest/threads/inline-pool';
import type { ChunkResult, FetchedFile } from '../../../ingest/types';
import { memoryRun, NEVER, plan, records, trailFile, trailKey } from '../../support/runs';

const MIB = 1 << 20;

function filesOf(sizes: readonly number[]): FetchedFile[] {
  return sizes.map((size, i) => ({
    ...{ key: `file ${i}`, uri: `memory://bucket/file ${i}`, etag: 'e', deliveredAt: 0 },
    ...{ account: '111122223333', region: 'us-east-1', kind: 'CloudTrail', size },
  }));
}

/** Returns an entry for each file, and a data file that has rows of the first and the last one. */
async function decoded(files: readonly FetchedFile[]): Promise<ChunkResult> {
  const ledger = files.map(({ key }) => ({ key }));
  const fileRows =
    files.length === 0 ? [] : [...new Set([0, files.length - 1])].map((file, i) => ({ file, end: i + 1 }));
  return { written: [{ role: 'default', events: { fileRows } }], ledger } as unknown as ChunkResult;
}

it('keeps the files in order, each once, and maps rows to their files', async () => {
  const anySize = fc.oneof(fc.integer({ min: 0, max: 50_000 }), fc.integer({ min: 0, max: 60 * MIB }));
  await fc.assert(
    fc.asyncProperty(fc.array(anySize, { maxLength: 60 }), async (sizes) => {
      const files = filesOf(sizes);
      const pieces: (readonly FetchedFile[])[] = [];
      const { written, ledger } = await inPieces((piece) => {
        pieces.push(piece);
        return decoded(piece);
      })(files);
      expect(pieces.flat()).toEqual(files);
      expect(ledger.map(({ key }) => key)).toEqual(files.map(({ key }) => key));
      const ends = written.map(({ events }) => (events?.fileRows ?? []).map(({ file }) => ledger[file]?.key));
      expect(ends).toEqual(pieces.map((piece) => [...new Set([piece.at(0)?.key, piece.at(-1)?.key])].filter(Boolean)));
    }),
  );
});

it('makes pieces of about the same size, so that no thread gets a much larger one, and no small data file is written', async () => {
  const sizeOfFile = fc.integer({ min: 1_000, max: 50_000 });
  await fc.assert(
    fc.asyncProperty(fc.array(sizeOfFile, { minLength: 500, maxLength: 2_000 }), async (sizes) => {
      const pieces: number[] = [];
      await inPieces((piece) => {
        pieces.push(piece.reduce((sum, { size }) => sum + size, 0));
        return decoded(piece);
      })(filesOf(sizes));
      const all = sizes.reduce((sum, size) => sum + size, 0);
      expect(pieces).toHaveLength(Math.ceil(all / PIECE_BYTES));
      expect(Math.max(...pieces) - Math.min(...pieces)).toBeLessThanOrEqual(100_000);
    }),
    { numRuns: 20 },
  );
});

it('decodes all pieces of a chunk at the same time', async () => {
  let waiting = 0;
  let open: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    open = resolve;
  });
  const result = await inPieces(async (files) => {
    if (++waiting === 3) open();
    await all;
    return decoded(files);
  })(filesOf([4 * MIB, 4 * MIB, 4 * MIB]));
  expect(result.ledger).toHaveLength(3);
});

it('fails only after all pieces have ended', async () => {
  let running = 0;
  const decode = inPieces(async ([{ key }]) => {
    if (key === 'file 0') throw new Error('of the first piece');
    running++;
    await new Promise(setImmediate);
    running--;
    return decoded([]);
  });
  await expect(decode(filesOf([4 * MIB, 4 * MIB, 4 * MIB]))).rejects.toThrow('of the first piece');
  expect(running).toBe(0);
});

/** Rows of the default table by their file. */
function rowsByFile({ written, ledger }: ChunkResult): Record<string, number> {
  const rows: Record<string, number> = {};
  for (const { events } of written) {
    let from = 0;
    for (const { file, end } of events?.fileRows ?? []) {
      const { key } = ledger[file];
      rows[key] = (rows[key] ?? 0) + end - from;
      from = end;
    }
  }
  return rows;
}

it('decodes the same rows of the same files in pieces as in one task', async () => {
  const decode = (files: FetchedFile[]): Promise<ChunkResult> =>
    inlinePool.ingestChunk({
      ...{ files, batch: 'a batch', run: 'a test', deduplicate: true, maxFileBytes: MIB, bufferBytes: MIB },
      tables: [{ config: defaultTables('aws_cloudtrail')[0], schema: schemaOf(DEFAULT_TABLE_COLUMNS) }],
      rejectsSchema: schemaOf(REJECTS_COLUMNS),
    });
  const files = filesOf(Array.from({ length: 9 }, () => 1)).map((file, i) => {
    const body = i === 4 ? Buffer.from('{"Records":[') : trailFile([...records(i, undefined, {}, file.key), 7]);
    return { ...file, size: body.length, body };
  });
  const [pieces, whole] = [await inPieces(decode, 500)(files), await decode(files)];
  expect(pieces.written.length).toBeGreaterThan(whole.written.length);
  expect(pieces.ledger).toEqual(whole.ledger);
  expect(rowsByFile(pieces)).toEqual(rowsByFile(whole));
  expect(Object.keys(rowsByFile(whole))).toHaveLength(7);
});

it('decodes the next chunk of a batch during the current one', async () => {
  const run = memoryRun({ chunkBytes: 1 });
  for (const name of ['a', 'b']) await run.bucket.put(trailKey(name), trailFile(records(1, undefined, {}, name)));
  let started = 0;
  let open: () => void = () => {};
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  const pool: DecoderPool = {
    ...inlinePool,
    async ingestChunk(task) {
      if (++started === 2) open();
      await both;
      return inlinePool.ingestChunk(task);
    },
  };
  const day = await plan(run);
  const input = { config: '', plan: day.address, index: 0, run: 'a test' };
  const progress: number[] = [];
  const { totals } = await ingestBatch(run, pool, input, ({ done }) => progress.push(done), NEVER);
  expect([totals.files, progress]).toEqual([2, [0, 1, 2]]);
});
