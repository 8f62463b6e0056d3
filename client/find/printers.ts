/** How `trailmill find` prints events and values: a table for people, JSON, or CSV. */
import type { FoundEvent } from '../../find/events.js';
import type { FoundValue, SearchResult } from '../../find/types.js';
import { count, counted } from '../../text/numbers.js';
import { printable, printableJson, printableLines } from '../../text/printable.js';
import type { Needle } from '../../value-index/needles.js';
import { csvLine } from '../terminal/csv.js';
import { type Io, writeAll } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';
import { renderTable, rightAligned, type TextColumn } from '../terminal/table.js';
import { lookedText } from './looked.js';

/** Prints a search: its events as they are found, newest first, and then what they add up to. */
export interface FindPrinter {
  /** @param found indexes of the needles that the event is shown for */
  event(event: FoundEvent, found: readonly number[]): void | Promise<void>;
  /** @param shown number of events that were shown of each needle */
  end(result: SearchResult, shown: readonly number[]): void | Promise<void>;
}

/** One JSON value: `events`, newest first, then `values` and `looked`. It is written in pieces, however many events there are. */
export function jsonPrinter({ stdout }: Io, needles: readonly Needle[]): FindPrinter {
  let before = '{"events":[';
  const write = async (text: string): Promise<void> => {
    const start = before;
    before = '';
    await writeAll(stdout, start + text);
  };
  const json = (value: unknown): string => printableJson(JSON.stringify(value));
  return {
    async event(event, found) {
      await write(`\n${json({ values: found.map((index) => needles[index].given), ...event })}`);
      before = ',';
    },
    async end({ values, looked }) {
      if (before === ',') before = '\n';
      await write(`],\n"values":${json(values)},\n"looked":${json(looked)}}\n`);
    },
  };
}

const CSV_COLUMNS = [
  'time',
  'table',
  'id',
  'action',
  'provider',
  'account',
  'region',
  'user',
  'ip',
  'error',
  'file',
] as const;

/** A line for each event and value; the values and where they were looked for are notes on stderr. */
export function csvPrinter({ stdout }: Io, output: Output, needles: readonly Needle[]): FindPrinter {
  const shown = (text: string): string => (stdout.isTTY === true ? printableLines(text) : text);
  let head = csvLine(['value', 'kind', ...CSV_COLUMNS]);
  const write = async (text: string): Promise<void> => {
    const start = head;
    head = '';
    await writeAll(stdout, shown(start + text));
  };
  return {
    async event(event, found) {
      const cells = CSV_COLUMNS.map((name) => event[name]);
      await write(found.map((index) => csvLine([needles[index].given, needles[index].kind, ...cells])).join(''));
    },
    async end(result) {
      await write('');
      if (result.values.every(({ events }) => events === 0)) output.note(notFound(result));
    },
  };
}

/** The values with their counts, then the events; at most 80 characters wide on a terminal of that width. */
export function tablePrinter({ stdout }: Io, output: Output, needles: readonly Needle[]): FindPrinter {
  const events: { event: FoundEvent; found: readonly number[] }[] = [];
  const width = stdout.isTTY === true ? stdout.columns : undefined;
  return {
    event(event, found) {
      events.push({ event, found });
    },
    end(result, shown) {
      const { values } = result;
      if (values.every(({ events: all }) => all === 0)) {
        output.say(notFound(result));
        return;
      }
      output.say(tableOf(VALUE_COLUMNS, values.map(valueCells), width));
      output.say();
      const several = needles.length > 1;
      const columns = several ? [...EVENT_COLUMNS, { name: 'value' }] : EVENT_COLUMNS;
      const cells = events.map(({ event, found }) => [
        ...eventCells(event),
        ...(several ? [found.map((index) => printable(needles[index].given)).join(', ')] : []),
      ]);
      output.say(tableOf(columns, cells, width));
      output.note(lookedText(result.looked));
      const more = values.reduce((sum, { events: all }, index) => sum + all - shown[index], 0);
      if (more > 0)
        output.note(
          `${counted(more, 'older event is', 'older events are')} not shown: --limit N shows N per value, --csv and --json show all.`,
        );
    },
  };
}

function notFound({ values, looked }: SearchResult): string {
  const names = values.map(({ value, kind }) => `${printable(value)} (${kind})`).join(', ');
  return `Not found: ${names}.\n${lookedText(looked)}`;
}

const VALUE_COLUMNS: readonly TextColumn[] = [
  { name: 'value' },
  { name: 'kind' },
  rightAligned('events'),
  { name: 'first seen' },
  { name: 'last seen' },
];

function valueCells({ value, kind, events, firstSeen, lastSeen }: FoundValue): string[] {
  return [printable(value), kind, count(events), secondOf(firstSeen), secondOf(lastSeen)];
}

const EVENT_COLUMNS: readonly TextColumn[] = [
  { name: 'time (UTC)' },
  { name: 'action' },
  { name: 'user' },
  { name: 'from' },
  { name: 'account' },
];

function eventCells({ time, action, error, user, ip, account }: FoundEvent): string[] {
  const what = error === null ? (action ?? '–') : `${action ?? '–'}: ${error}`;
  return [secondOf(time), ...[what, user ?? '–', ip ?? '–', account ?? '–'].map(printable)];
}

/** `2023-07-10 12:05:31`. */
function secondOf(iso: string | null): string {
  return iso === null ? '–' : `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

const GAP = 2;
/** Columns are not made narrower than this: a time, or most of a name. */
const LEAST_WIDTH = 8;

/** A table that fits into `width`: the widest columns are truncated. */
function tableOf(columns: readonly TextColumn[], rows: readonly (readonly string[])[], width?: number): string {
  if (width === undefined) return renderTable(columns, rows);
  const widths = columns.map(({ name }, at) =>
    rows.reduce((most, row) => Math.max(most, [...row[at]].length), name.length),
  );
  const room = width - GAP * (columns.length - 1);
  for (let total = widths.reduce((sum, one) => sum + one, 0); total > room; total--) {
    // Times are never cut.
    const cuttable = widths.map((one, at) => (/seen|time|events/.test(columns[at].name) ? 0 : one));
    const widest = cuttable.indexOf(Math.max(...cuttable));
    if (widths[widest] <= LEAST_WIDTH) break;
    widths[widest]--;
  }
  return renderTable(columns, rows, 0, widths);
}
