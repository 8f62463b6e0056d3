/** Progress as bars on a terminal, lines in a pipe, or JSON lines for a program. */
import { MultiBar, type SingleBar } from 'cli-progress';
import type { Rate } from '../../workflows/ui/rate.js';
import type { Io } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';
import { renderBars, renderFooter, renderLine } from './render.js';
import { retryTexts } from './render-retries.js';
import type { BackfillView } from './view.js';

/** Shows the progress of a backfill until it is stopped. */
export interface ProgressView {
  show(view: BackfillView, rate: Rate): void;
  stop(): void;
}

/** A line per second would flood a log. */
const LINE_INTERVAL_MS = 3_000;
/** The most retries that are shown: the others usually have the same cause. */
const MOST_RETRIES = 3;

/** The view for the kind of stdout. */
export function progressView(io: Io, output: Output): ProgressView {
  if (output.json) return new JsonView(output);
  if (io.stdout.isTTY === true && isStream(io.stdout)) return new BarsView(io, io.stdout);
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
  return ({ state, paused, pausedReason, days, window, planned, totals, failures, retries, worker }) => {
    const tries = everyTry ? retries : retries.map(({ day, activity, error }) => [day, activity, error]);
    const parts = [state, paused, pausedReason, days, window, planned, totals, failures.length, tries, worker];
    const now = JSON.stringify(parts);
    const changed = now !== last;
    last = now;
    return changed;
  };
}

class JsonView implements ProgressView {
  private readonly isNew = changes(true);
  constructor(private readonly output: Output) {}
  show(view: BackfillView, rate: Rate): void {
    if (this.isNew(view)) this.output.value({ ...view, rate });
  }
  stop(): void {}
}

/** Plain lines, only after a change, and at most one every few seconds. */
export class LinesView implements ProgressView {
  private readonly isNew = changes(false);
  private lastLine = Number.NEGATIVE_INFINITY;
  private changed = false;
  constructor(
    private readonly io: Pick<Io, 'now'>,
    private readonly output: Output,
  ) {}
  show(view: BackfillView, rate: Rate): void {
    this.changed = this.isNew(view) || this.changed;
    // The summary that follows reports the end.
    if (!this.changed || view.state !== 'running' || this.io.now() - this.lastLine < LINE_INTERVAL_MS) return;
    this.changed = false;
    this.lastLine = this.io.now();
    this.output.say(renderLine(view, rate));
    for (const text of retryTexts(view.retries, this.lastLine, MOST_RETRIES)) this.output.say(`  ${text}`);
  }
  stop(): void {}
}

class BarsView implements ProgressView {
  private readonly multi: MultiBar;
  private bars: SingleBar[] = [];
  /** Lines of text below the bars: they are created when needed, and stay. */
  private readonly texts: SingleBar[] = [];

  constructor(
    private readonly io: Pick<Io, 'now'>,
    stream: NodeJS.WritableStream,
  ) {
    this.multi = new MultiBar({
      stream,
      format: '  {label} {bar}  {text}',
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: 28,
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
    const bars = renderBars(view);
    if (this.bars.length === 0) {
      this.bars = bars.map(({ total, value, label, text }) => this.multi.create(total, value, { label, text }));
    }
    bars.forEach(({ total, value, label, text }, index) => {
      this.bars[index].setTotal(total);
      this.bars[index].update(value, { label, text });
    });
    const texts = [renderFooter(view, rate), ...retryTexts(view.retries, this.io.now(), MOST_RETRIES)];
    while (this.texts.length < texts.length) {
      this.texts.push(this.multi.create(1, 0, { text: '' }, { format: '  {text}' }));
    }
    this.texts.forEach((line, index) => {
      line.update({ text: texts[index] ?? '' });
    });
  }

  stop(): void {
    this.multi.stop();
  }
}
