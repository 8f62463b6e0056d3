/** What a decoder thread loads when it starts: a small run pays for it once a thread. */

jest.mock('parquet-wasm/node', () => {
  throw new Error('parquet-wasm is loaded');
});

it('loads what reads Parquet files only with the first task that reads one', async () => {
  const thread = await import('../../../ingest/threads/thread');
  await expect(thread.readEventList(new Uint8Array(0))).rejects.toThrow('parquet-wasm is loaded');
});
