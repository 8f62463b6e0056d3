/**
 * The shell: `trailmill query` without SQL on a terminal. Statements end with a semicolon, as in psql; Ctrl-C cancels what runs, or
 * clears what is typed, and never quits; Ctrl-D does.
 */
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import { version } from '../../../install/package.js';
import { splitStatements } from '../../../query/statements.js';
import { EXIT } from '../../terminal/failure.js';
import { INTERRUPTED } from '../../terminal/io.js';
import { COMMANDS, runCommand } from './commands.js';
import { type Completion, complete } from './completion.js';
import { History } from './history.js';
import { LineEditor } from './line-editor.js';
import { Session, type ShellStart } from './session.js';

const PROMPT = 'trailmill> ';

/** Of a line that goes on: what is open is shown. */
const continued = (open: string | undefined): string => `${open ?? '...'}> `.padStart(PROMPT.length);

/** Asks for statements and commands until it is told to quit. Returns the exit code. */
export async function runShell(start: ShellStart): Promise<number> {
  const session = new Session(start);
  let shell: Shell | undefined;
  let isTerminated = false;
  const opening = new AbortController();
  const unsubscribe = start.io.onInterrupt((name) => {
    opening.abort();
    shell?.cancel();
    if (name !== 'SIGTERM') return;
    isTerminated = true;
    shell?.close();
  });
  try {
    await session.open(opening.signal);
    shell = new Shell(session);
    await shell.loop();
    return isTerminated ? INTERRUPTED : EXIT.ok;
  } catch (error) {
    if (shell === undefined && opening.signal.aborted) return INTERRUPTED;
    throw error;
  } finally {
    unsubscribe();
    shell?.close();
    session.close();
  }
}

class Shell {
  private readonly editor: LineEditor;
  /** Of what runs. */
  private running: AbortController | undefined;
  /** What was typed of statements that have not ended. */
  private begun = '';
  /** What was typed since the last line that ended a statement, for the history. */
  private typed: string[] = [];

  constructor(private readonly session: Session) {
    const { terminal, project } = session.start;
    session.say(`Trailmill ${version()}. End SQL with ; — .help lists the commands, Ctrl-D quits.`);
    const history = History.open(join(project, '.trailmill', 'query-history'));
    if (history.problem !== undefined) session.say(history.problem);
    this.editor = new LineEditor(
      terminal,
      history,
      (line) => this.complete(line),
      () => this.cancel(),
    );
    session.lender = this.editor;
  }

  /** Cancels what runs; false if nothing does. */
  cancel(): boolean {
    this.running?.abort();
    return this.running !== undefined;
  }

  close(): void {
    this.editor.close();
  }

  async loop(): Promise<void> {
    for (;;) {
      const prompt = this.begun === '' ? PROMPT : continued(splitStatements(this.begun).open);
      const typed = await this.editor.read(prompt);
      if (typed.kind === 'end') {
        this.session.say('');
        return;
      }
      if (typed.kind === 'cleared') {
        this.begun = '';
        this.typed = [];
      } else if (this.begun === '' && /^\s*\./.test(typed.text)) {
        this.editor.remember(typed.text);
        if (/^\s*\.(quit|exit|q)\b/.test(typed.text)) return;
        await this.run((signal) => runCommand(this.session, typed.text, signal));
      } else await this.enter(typed.text);
    }
  }

  /** Runs the statements that the line ends. */
  private async enter(line: string): Promise<void> {
    this.typed.push(line);
    const { statements, rest, open } = splitStatements(`${this.begun}${line}\n`);
    this.begun = rest === '' && open === undefined ? '' : `${rest}\n`;
    if (this.begun === '') {
      this.editor.remember(this.typed.join('\n'));
      this.typed = [];
    }
    for (const sql of statements)
      if (!(await this.run((signal) => this.session.answer(this.session.questionOf(sql), signal)))) return;
  }

  /** Runs work that Ctrl-C cancels; false if it was canceled, or failed, which is said. */
  private async run(work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const controller = new AbortController();
    const { signal } = controller;
    // Each concurrent read of a manifest adds a listener.
    setMaxListeners(0, signal);
    this.running = controller;
    try {
      await work(signal);
      return !signal.aborted;
    } catch (error) {
      this.session.sayFailure(error, signal);
      return false;
    } finally {
      this.running = undefined;
    }
  }

  private async complete(line: string): Promise<Completion> {
    const { session } = this;
    const choices = Object.entries(COMMANDS).map(
      async ([name, command]) => [name, (await command.choices?.(session)) ?? []] as const,
    );
    // Most lines are SQL, and saved queries are files.
    const commands = line.startsWith('.') ? new Map(await Promise.all(choices)) : new Map<string, readonly string[]>();
    return complete(this.begun, line, { tables: await session.columns(), commands });
  }
}
