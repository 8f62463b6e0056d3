/** What a decoder thread loads when it starts: a small run pays for it once per thread. */
import { readEventList } from '../../../ingest/threads/thread';

jest.mock('parquet-wasm/node', () => {
  throw new Error('parquet-wasm is loaded');
});

it('loads the modules that read Parquet files only with the first task that reads one', async () => {
  await expect(readEventList(new Uint8Array(0))).rejects.toThrow('parquet-wasm is loaded');
});
