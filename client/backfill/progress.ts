/** Progress as bars on a terminal, lines in a pipe, or JSON lines for a program. */
import { MultiBar, type SingleBar } from 'cli-progress';
import type { Rate } from '../../workflows/ui/rate.js';
import type { Io } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';
import { wrapLines } from '../terminal/wrap.js';
import { type Bar, barLine, notShorter, renderBars, renderFooter, renderLine, waitTexts } from './render-progress.js';
import type { BackfillView } from './view.js';

/** Shows the progress of a backfill until it is stopped. */
export interface ProgressView {
  show(view: BackfillView, rate: Rate): void;
  /** Shows why there is no new state. */
  wait(text: string): void;
  stop(): void;
}

/** A line per second would flood a log. */
const LINE_INTERVAL_MS = 3_000;
/** Of a terminal that does not tell its width. */
const FALLBACK_WIDTH = 80;
/** The same wait is repeated after this time. */
const WAIT_INTERVAL_MS = 30_000;

/** The view for the kind of stdout. */
export function progressView(io: Io, output: Output): ProgressView {
  if (output.json) return new JsonView(io, output);
  if (io.stdout.isTTY === true && isStream(io.stdout)) return new BarsView(io, output, io.stdout);
  return new LinesView(io, output);
}

function isStream(sink: object): sink is NodeJS.WritableStream {
  return 'on' in sink && 'end' in sink;
}

/**
 * Returns a function that is true if the view has changed, apart from elapsed time. With `everyTry`, another attempt that fails
 * for the same reason is a change, too.
 */
function changes(everyTry: boolean): (view: BackfillView) => boolean {
  let last = '';
  return ({ state, paused, pausedReason, days, window, planned, discovered, totals, failures, retries, worker }) => {
    const tries = everyTry ? retries : retries.map(({ day, activity, error }) => [day, activity, error]);
    const parts = [
      state,
      paused,
      pausedReason,
      days,
      window,
      planned,
      discovered,
      totals,
      failures.length,
      tries,
      worker,
    ];
    const now = JSON.stringify(parts);
    const changed = now !== last;
    last = now;
    return changed;
  };
}

/** JSON lines on stdout, only after a change; what is waited for goes to stderr. */
export class JsonView implements ProgressView {
  private readonly isNew = changes(true);
  private readonly waits: Waits;
  constructor(
    io: Pick<Io, 'now'>,
    private readonly output: Pick<Output, 'value' | 'note'>,
  ) {
    this.waits = new Waits(io);
  }
  show(view: BackfillView, rate: Rate): void {
    this.waits.over();
    if (this.isNew(view)) this.output.value({ ...view, rate });
  }
  wait(text: string): void {
    if (this.waits.isDue()) this.output.note(text);
  }
  stop(): void {}
}

/** Lets the same text through once in a while. */
class Waits {
  private last = Number.NEGATIVE_INFINITY;
  constructor(private readonly io: Pick<Io, 'now'>) {}

  /** True if the text is due. */
  isDue(): boolean {
    if (this.io.now() - this.last < WAIT_INTERVAL_MS) return false;
    this.last = this.io.now();
    return true;
  }

  /** The wait is over: the next text is due at once. */
  over(): void {
    this.last = Number.NEGATIVE_INFINITY;
  }
}

/** Plain lines, only after a change, and at most one every few seconds. */
export class LinesView implements ProgressView {
  private readonly isNew = changes(false);
  private lastLine = Number.NEGATIVE_INFINITY;
  private changed = false;
  private readonly waits: Waits;
  constructor(
    private readonly io: Pick<Io, 'now'>,
    private readonly output: Output,
  ) {
    this.waits = new Waits(io);
  }
  show(view: BackfillView, rate: Rate): void {
    this.changed = this.isNew(view) || this.changed;
    // The summary that follows reports the end.
    if (!this.changed || view.state !== 'running' || this.io.now() - this.lastLine < LINE_INTERVAL_MS) return;
    this.changed = false;
    this.lastLine = this.io.now();
    this.waits.over();
    this.output.say(renderLine(view, rate));
    for (const text of waitTexts(view, this.lastLine)) this.output.say(`  ${text}`);
  }
  wait(text: string): void {
    if (this.waits.isDue()) this.output.say(text);
  }
  stop(): void {}
}

/** Bars, and lines of text below them. */
class BarsView implements ProgressView {
  private readonly multi: MultiBar;
  private bars: Bar[] = [];
  /** One for each line on the terminal: they are created when needed, and stay. */
  private readonly lines: SingleBar[] = [];

  constructor(
    private readonly io: Pick<Io, 'now'>,
    private readonly output: Pick<Output, 'hint'>,
    private readonly stream: NodeJS.WritableStream & { columns?: number },
  ) {
    this.multi = new MultiBar({
      stream,
      format: '{text}',
      fps: 10,
      hideCursor: true,
      // The summary has all of it.
      clearOnComplete: true,
      emptyOnZero: true,
      // Ctrl-C is handled by the watch, which stops the bars itself.
      gracefulExit: false,
    });
  }

  show(view: BackfillView, rate: Rate): void {
    this.bars = view.days === null ? this.bars : notShorter(renderBars(view), this.bars);
    this.draw([renderFooter(view, rate), ...waitTexts(view, this.io.now())]);
  }

  wait(text: string): void {
    this.draw([text]);
  }

  stop(): void {
    this.multi.stop();
  }

  private draw(texts: readonly string[]): void {
    const width = this.stream.columns || FALLBACK_WIDTH;
    const lines = [
      ...this.bars.map((bar) => barLine(bar, width)),
      ...texts.flatMap((text) => wrapLines(`  ${this.output.hint(text)}`, width).split('\n')),
    ];
    while (this.lines.length < lines.length) this.lines.push(this.multi.create(1, 0, { text: '' }));
    this.lines.forEach((line, index) => {
      line.update({ text: lines[index] ?? '' });
    });
  }
}
