/**
 * Reads lines from a terminal with `node:readline`, which comes with Node and is kept with it: editing, history (the beginning of a
 * line and ↑ finds entries that begin so) and completion. Only Ctrl-R is added. It reads on while a query runs, so Ctrl-C is not lost, and lines that are
 * typed wait. A pager has the terminal for itself: it is not in raw mode then, and Ctrl-C is a signal.
 */
import { createInterface, type Interface, type Key } from 'node:readline';
import type { Terminal } from '../../terminal/io.js';
import { type History, MAX_ENTRIES } from './history.js';

const BELL = '\x07';

/** What was typed: a line, Ctrl-C, or Ctrl-D on an empty line. */
export type Typed = { kind: 'line'; text: string } | { kind: 'cleared' } | { kind: 'end' };

/** The text before the cursor → what it can become, and the part of it that this replaces. */
export type Complete = (line: string) => Promise<[hits: string[], replaced: string]>;

/** Reads lines. Must be closed. */
export class LineEditor {
  private readonly reader: Interface;
  /** Lines that nobody has asked for yet: pasted ones. */
  private readonly typed: Typed[] = [];
  private next: ((typed: Typed) => void) | undefined;
  /** The array in which `node:readline` has the history. */
  private live: string[];
  private isClosed = false;
  /** Of Ctrl-R: the text that was typed before it, and the index of the next entry to look at. */
  private search: { text: string; next: number } | undefined;

  constructor(
    private readonly terminal: Terminal,
    private readonly history: History,
    complete: Complete,
    /** Ctrl-C: cancels what runs; false if nothing does. */
    cancel: () => boolean,
  ) {
    this.live = [...history.entries];
    this.reader = createInterface({
      ...terminal,
      terminal: true,
      history: this.live,
      historySize: MAX_ENTRIES,
      completer: (line: string, done: (error: null, found: [string[], string]) => void) => {
        complete(line).then(
          (found) => done(null, found),
          // Nothing that completion cannot do may disturb what is typed.
          () => done(null, [[], line]),
        );
      },
    });
    // It adds each line, which `remember` replaces by the whole statement.
    this.reader.on('history', (live) => {
      this.live = live;
    });
    this.reader.on('line', (text) => this.add({ kind: 'line', text }));
    this.reader.on('SIGINT', () => {
      // Not without need: it would show the prompt, also while something runs.
      if (this.reader.line !== '') this.replaceLine('');
      terminal.output.write('^C\n');
      // Pasted lines that were still to come, too.
      this.typed.length = 0;
      if (!cancel()) this.add({ kind: 'cleared' });
    });
    // `node:readline` handles keys first, and does nothing for this one.
    terminal.input.on('keypress', (_text, { ctrl, name }: Key) => {
      if (ctrl === true && name === 'r') this.searchBack();
      else this.search = undefined;
    });
    this.reader.on('close', () => {
      this.isClosed = true;
      this.add({ kind: 'end' });
    });
  }

  /** Asks for a line. */
  read(prompt: string): Promise<Typed> {
    const waiting = this.typed.shift();
    if (waiting !== undefined) {
      // Pasted before this prompt was there.
      if (waiting.kind === 'line') this.terminal.output.write(`${prompt}${waiting.text}\n`);
      return Promise.resolve(waiting);
    }
    if (this.isClosed) return Promise.resolve({ kind: 'end' });
    return new Promise((resolve) => {
      this.next = resolve;
      this.reader.setPrompt(prompt);
      this.reader.prompt(true);
    });
  }

  /** Adds to the history what was typed since, in one or more lines. */
  remember(typed: string): void {
    this.history.add(typed);
    this.live.splice(0, Number.POSITIVE_INFINITY, ...this.history.entries);
  }

  /** Replaces the line with the newest entry of the history that contains it; called again, with an older one. */
  private searchBack(): void {
    this.search ??= { text: this.reader.line, next: 0 };
    const { text, next } = this.search;
    const at = this.live.findIndex((entry, index) => index >= next && entry.includes(text));
    if (at < 0) {
      this.terminal.output.write(BELL);
      return;
    }
    this.search.next = at + 1;
    this.replaceLine(this.live[at]);
  }

  private replaceLine(text: string): void {
    this.reader.write(null, { ctrl: true, name: 'e' });
    this.reader.write(null, { ctrl: true, name: 'u' });
    if (text !== '') this.reader.write(text);
  }

  /** Lets another process have the terminal. */
  lend(): void {
    this.reader.pause();
    this.terminal.input.setRawMode?.(false);
  }

  /** Has the terminal again. */
  takeBack(): void {
    if (this.isClosed) return;
    this.terminal.input.setRawMode?.(true);
    this.reader.resume();
  }

  close(): void {
    this.reader.close();
  }

  private add(typed: Typed): void {
    const { next } = this;
    this.next = undefined;
    if (next === undefined) this.typed.push(typed);
    else next(typed);
  }
}
