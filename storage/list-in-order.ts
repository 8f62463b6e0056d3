/**
 * Runs many listings concurrently and returns their pages in order, as if they ran one after another, so that the same bucket
 * always gives the same plan. A slow or long listing delays the output but not the other listings.
 */

/** Options of `listInOrder`. */
export interface InOrderOptions {
  /** Maximum number of concurrent page requests. */
  lanes: number;
  /** Maximum number of buffered entries, not counting pages in flight. Beyond it, only the current source is listed further. */
  lookAhead: number;
}

/** About 20 MB of objects with their keys. */
export const LOOK_AHEAD = 20_000;

interface Reader<Entry> {
  pages: AsyncIterator<readonly Entry[]>;
  buffered: (readonly Entry[])[];
  inFlight: boolean;
  ended: boolean;
}

/** Yields the pages of `open(source)` for all sources, in the order of `sources`. Throws the first error and stops. */
export async function* listInOrder<Source, Entry>(
  sources: readonly Source[],
  open: (source: Source) => AsyncIterable<readonly Entry[]>,
  { lanes, lookAhead }: InOrderOptions,
): AsyncGenerator<readonly Entry[]> {
  /** The current reader and those opened after it; some of them may have ended already. */
  const readers: Reader<Entry>[] = [];
  /** The readers that have not ended. */
  const unfinished = new Set<Reader<Entry>>();
  let opened = 0;
  let requestsInFlight = 0;
  let bufferedEntries = 0;
  let failure: { error: unknown } | undefined;
  let stopped = false;
  let wake = (): void => {};

  const requestPage = async (reader: Reader<Entry>): Promise<void> => {
    reader.inFlight = true;
    requestsInFlight++;
    try {
      const { done, value } = await reader.pages.next();
      if (done) {
        reader.ended = true;
        unfinished.delete(reader);
      } else if (value.length > 0) {
        reader.buffered.push(value);
        bufferedEntries += value.length;
      }
    } catch (error) {
      failure ??= { error };
    }
    reader.inFlight = false;
    requestsInFlight--;
    requestMore();
    wake();
  };

  /** Requests pages of the earliest readers first, because they are returned first. */
  const requestMore = (): void => {
    if (stopped || failure !== undefined) return;
    for (const reader of unfinished) {
      if (requestsInFlight >= lanes) return;
      if (reader.inFlight) continue;
      // If the current reader has more than one page buffered, leave the capacity to the others.
      if (reader === readers[0] ? reader.buffered.length > 1 : bufferedEntries >= lookAhead) continue;
      void requestPage(reader);
    }
    while (
      requestsInFlight < lanes &&
      opened < sources.length &&
      (bufferedEntries < lookAhead || readers.length === 0)
    ) {
      const pages = open(sources[opened++])[Symbol.asyncIterator]();
      const reader: Reader<Entry> = { pages, buffered: [], inFlight: false, ended: false };
      readers.push(reader);
      unfinished.add(reader);
      void requestPage(reader);
    }
  };

  try {
    for (;;) {
      requestMore();
      if (failure !== undefined) throw failure.error;
      const [first] = readers;
      if (first === undefined) return;
      const page = first.buffered.shift();
      if (page !== undefined) {
        yield page;
        bufferedEntries -= page.length;
      } else if (first.ended) readers.shift();
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stopped = true;
    // Not awaited: if a listing hangs, `return` would hang with it, waiting for the pending page.
    for (const { pages } of unfinished) pages.return?.().then(undefined, () => {});
  }
}
