/** `trailmill find`: the events that have a value. */
import { UserMistake } from '../../errors/index.js';
import type { FoundEvent } from '../../find/events.js';
import { search } from '../../find/search.js';
import type { SearchResult } from '../../find/types.js';
import { openCatalog } from '../../iceberg/open-catalog.js';
import { toDayNumber } from '../../protocol/days.js';
import { Interrupted } from '../../query/failure.js';
import type { OpenTables } from '../../query/open-tables.js';
import { openStore } from '../../storage/open.js';
import { type Needle, needleOf } from '../../value-index/needles.js';
import { parseDayRange, understoodDays } from '../options/days.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { settingsFor } from '../session/settings.js';
import { EXIT } from '../terminal/failure.js';
import { INTERRUPTED, withInterrupt } from '../terminal/io.js';
import { csvPrinter, type FindPrinter, jsonPrinter, tablePrinter } from './printers.js';

interface FindOptions extends GlobalOptions {
  from?: string;
  to?: string;
  in?: string;
  limit?: number;
  csv?: boolean;
  warehouse?: string;
}

/** Events of each value that the table for people has, without `--limit`. */
const DEFAULT_LIMIT = 20;
const INTERRUPT_EVERY_MS = 100;

/** Searches for the values and prints their events, newest first. */
export async function run(context: CommandContext<FindOptions>): Promise<number> {
  const { io, output, options } = context;
  const needles = needlesOf(context.args);
  const days = daysOf(context);
  const print = printerOf(context, needles);
  const limit = options.limit ?? (options.json || options.csv ? Number.POSITIVE_INFINITY : DEFAULT_LIMIT);
  const settings = settingsFor(context);
  const warehouse = openStore(settings.warehouse);
  const catalog = openCatalog(settings.catalog, warehouse);
  return withInterrupt(io, async (signal) => {
    let tables: OpenTables | undefined;
    let repeating: NodeJS.Timeout | undefined;
    // Repeatedly: DuckDB loses an interrupt that arrives just as it starts a statement.
    const stop = (): void => {
      repeating = setInterval(() => tables?.interrupt(), INTERRUPT_EVERY_MS);
    };
    signal.addEventListener('abort', stop);
    try {
      const place = {
        catalog,
        warehouse,
        namespace: settings.catalog.namespace,
        source: settings.name,
        httpfs: { env: io.env, log: (line: string) => output.note(line) },
        signal,
        onOpen: (opened: OpenTables) => {
          tables = opened;
        },
      };
      const shown = needles.map(() => 0);
      const onEvent = async (event: FoundEvent, found: readonly number[]): Promise<void> => {
        const wanted = found.filter((index) => shown[index] < limit);
        if (wanted.length === 0) return;
        for (const index of wanted) shown[index]++;
        await print.event(event, wanted);
      };
      const result = await search(place, { needles, days, within: options.in }, onEvent);
      signal.throwIfAborted();
      await print.end(result, shown);
      return isFound(result) ? EXIT.ok : EXIT.failedWork;
    } catch (error) {
      if (signal.aborted || error instanceof Interrupted) return INTERRUPTED;
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      clearInterval(repeating);
    }
  });
}

const isFound = ({ values }: SearchResult): boolean => values.some(({ events }) => events > 0);

function needlesOf(values: readonly string[]): Needle[] {
  const needles = new Map<string, Needle>();
  for (const value of values) {
    const needle = needleOf(value);
    if ('problem' in needle) {
      throw new UserMistake(
        `"${value}" cannot be searched: ${needle.problem}.`,
        'Pass whole values: an access key id, IP address or CIDR, ARN, account, name or id. For anything else, use trailmill query.',
      );
    }
    needles.set(needle.text, needle);
  }
  return [...needles.values()];
}

/** The days as numbers; a side that is not given is open. */
function daysOf({ io, output, options }: CommandContext<FindOptions>): { from: number; to: number } | undefined {
  const { from, to } = parseDayRange(options.from, options.to, io.now());
  if (from === undefined && to === undefined) return undefined;
  const understood = understoodDays(options, { from, to });
  if (understood !== undefined) output.note(understood);
  return { from: toDayNumber(from ?? EARLIEST), to: toDayNumber(to ?? LATEST) };
}

const EARLIEST = '0001-01-01';
const LATEST = '9999-12-31';

function printerOf({ io, output, options }: CommandContext<FindOptions>, needles: readonly Needle[]): FindPrinter {
  if (options.json && options.csv)
    throw new UserMistake('--json and --csv contradict each other.', 'Omit one of them.');
  if (options.json) return jsonPrinter(io, needles);
  return options.csv ? csvPrinter(io, output, needles) : tablePrinter(io, output, needles);
}
