/**
 * Many listings at once, and yet in order: what comes out is what the listings would give one after another, so that the
 * same bucket always makes the same plan. A listing that is slow, or long, holds up the order but not the others.
 */

/** Options of `listInOrder`. */
export interface InOrderOptions {
  /** Pages that are asked for at once. */
  lanes: number;
  /** Entries that may wait for their turn, beside the pages under way. Then only the next place in turn is listed further. */
  lookAhead: number;
}

/** Some 20 MB of objects with their keys. */
export const LOOK_AHEAD = 20_000;

interface Reader<Entry> {
  pages: AsyncIterator<readonly Entry[]>;
  waiting: (readonly Entry[])[];
  asked: boolean;
  ended: boolean;
}

/** The pages of `open(place)` for each place, in the order of the places. The first failure ends it and is thrown. */
export async function* listInOrder<Place, Entry>(
  places: readonly Place[],
  open: (place: Place) => AsyncIterable<readonly Entry[]>,
  { lanes, lookAhead }: InOrderOptions,
): AsyncGenerator<readonly Entry[]> {
  /** From the one that is next in turn; those behind it may have ended already. */
  const readers: Reader<Entry>[] = [];
  /** Those of them that have not. */
  const unfinished = new Set<Reader<Entry>>();
  let opened = 0;
  let underWay = 0;
  let held = 0;
  let failure: { error: unknown } | undefined;
  let stopped = false;
  let wake = (): void => {};

  const ask = async (reader: Reader<Entry>): Promise<void> => {
    reader.asked = true;
    underWay++;
    try {
      const { done, value } = await reader.pages.next();
      if (done) {
        reader.ended = true;
        unfinished.delete(reader);
      } else if (value.length > 0) {
        reader.waiting.push(value);
        held += value.length;
      }
    } catch (error) {
      failure ??= { error };
    }
    reader.asked = false;
    underWay--;
    askMore();
    wake();
  };

  /** The earliest first: they are the next in turn. */
  const askMore = (): void => {
    if (stopped || failure !== undefined) return;
    for (const reader of unfinished) {
      if (underWay >= lanes) return;
      if (reader.asked) continue;
      // One page of it is there already: the others may need the room more.
      if (reader === readers[0] ? reader.waiting.length > 1 : held >= lookAhead) continue;
      void ask(reader);
    }
    while (underWay < lanes && opened < places.length && (held < lookAhead || readers.length === 0)) {
      const pages = open(places[opened++])[Symbol.asyncIterator]();
      const reader: Reader<Entry> = { pages, waiting: [], asked: false, ended: false };
      readers.push(reader);
      unfinished.add(reader);
      void ask(reader);
    }
  };

  try {
    for (;;) {
      askMore();
      if (failure !== undefined) throw failure.error;
      const [first] = readers;
      if (first === undefined) return;
      const page = first.waiting.shift();
      if (page !== undefined) {
        yield page;
        held -= page.length;
      } else if (first.ended) readers.shift();
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    stopped = true;
    // Not waited for: the end of a listing that hangs would hang behind the page that never comes.
    for (const { pages } of unfinished) pages.return?.().then(undefined, () => {});
  }
}
