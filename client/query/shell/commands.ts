/** The commands of the shell, which begin with a dot. */
import { resolve } from 'node:path';
import { UserMistake } from '../../../errors/index.js';
import { type ColumnNode, leavesOf } from '../../../query/column-tree.js';
import { FLAT_VIEWS } from '../../../query/flat/views.js';
import { sqlName } from '../../../query/keywords.js';
import { splitStatements } from '../../../query/statements.js';
import { nearest } from '../../../text/nearest.js';
import { oneOf, wholeNumber } from '../../options/arguments.js';
import { renderTable, rightAligned } from '../../terminal/table.js';
import { pieces } from '../../terminal/wrap.js';
import { FORMATS } from '../formats.js';
import { renderQueries, renderQuery } from '../list.js';
import { parseParameter } from '../parameters.js';
import { questionOf, savedQueriesOf, savedQueryOf } from '../saved.js';
import { contentOf } from '../sql-file.js';
import type { Session } from './session.js';
import { wordsIn } from './words.js';

/** A command. */
interface ShellCommand {
  usage: string;
  what: string;
  /** What can follow, for completion. */
  choices?(session: Session): readonly string[] | Promise<readonly string[]>;
  /** Runs it; `argument` is what follows its name. */
  run(session: Session, argument: string, signal: AbortSignal): void | Promise<void>;
}

const SWITCH = ['on', 'off'] as const;
const oneTable = (argument: string): string => argument.replace(/;$/, '').replace(/^"(.*)"$/, '$1');
const queryNames = ({ start }: Session): string[] => savedQueriesOf(start.project).queries.map(({ name }) => name);

/** By their names, in the order of `.help`. `.quit` is the shell's own. */
export const COMMANDS: Readonly<Record<string, ShellCommand>> = {
  '.help': { usage: '', what: 'list the commands', run: (session) => session.show(help()) },
  '.tables': {
    usage: '',
    what: 'list the tables and views',
    run: async (session) => session.show(await tables(session)),
  },
  '.schema': {
    usage: 'NAME',
    what: 'list the columns of a table or view',
    choices: async (session) => (await session.columns()).map(({ name }) => name),
    run: async (session, argument) => session.show(await schema(session, oneTable(argument))),
  },
  '.mode': {
    usage: FORMATS.join('|'),
    what: 'how rows are shown; line: one column a line',
    choices: () => FORMATS,
    run(session, argument) {
      if (argument !== '') session.format = oneOf('.mode', FORMATS)(argument);
      session.say(`mode: ${session.format}`);
    },
  },
  '.limit': {
    usage: 'N',
    what: 'the most rows of the modes table and line',
    run(session, argument) {
      if (argument !== '') session.limit = wholeNumber('.limit', 1)(argument);
      session.say(`limit: ${session.limit}`);
    },
  },
  '.timing': {
    usage: SWITCH.join('|'),
    what: 'show the time of each statement',
    choices: () => SWITCH,
    run(session, argument) {
      if (argument !== '') session.hasTiming = oneOf('.timing', SWITCH)(argument) === 'on';
      session.say(`timing: ${session.hasTiming ? 'on' : 'off'}`);
    },
  },
  '.pager': {
    usage: SWITCH.join('|'),
    what: 'show long results in $PAGER',
    choices: () => SWITCH,
    run(session, argument) {
      if (argument !== '') session.hasPager = oneOf('.pager', SWITCH)(argument) === 'on';
      session.say(`pager: ${session.hasPager ? 'on' : 'off'}`);
    },
  },
  '.param': {
    usage: 'NAME=VALUE',
    what: 'set the value of $NAME in SQL',
    run(session, argument) {
      if (argument !== '') session.values.set(...parseParameter(argument, '.param'));
      session.say([...session.values].map(([name, value]) => `${name}=${value}`).join('\n') || 'No values are set.');
    },
  },
  '.queries': {
    usage: '[NAME]',
    what: 'list the saved queries, or show one',
    choices: queryNames,
    run: (session, argument) => queries(session, argument),
  },
  '.run': {
    usage: 'NAME [--from DAY …]',
    what: 'run a saved query',
    choices: (session) => [
      ...queryNames(session),
      ...['--from', '--to'],
      ...savedQueriesOf(session.start.project).queries.flatMap((one) =>
        one.parameters.map(({ name }) => `--${name.replaceAll('_', '-')}`),
      ),
    ],
    run: runSaved,
  },
  '.open': { usage: 'FILE', what: 'run the SQL in a file', run: openFile },
  '.refresh': {
    usage: '',
    what: 'read the newest snapshots of the tables',
    async run(session, _, signal) {
      await session.open(signal);
      session.say('The tables are at their newest snapshots. What SQL had set or created is gone.');
    },
  },
  '.quit': { usage: '', what: 'quit; also Ctrl-D', run() {} },
};

/** Runs a line that begins with a dot. */
export async function runCommand(session: Session, line: string, signal: AbortSignal): Promise<void> {
  const [, name, argument] = /^(\.\S*)\s*([\s\S]*)$/.exec(line.trim()) ?? ['', line, ''];
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const meant = nearest(name, Object.keys(COMMANDS));
    throw new UserMistake(
      `There is no command ${name}.`,
      `${meant === undefined ? '' : `Did you mean ${meant}? `}.help lists the commands.`,
    );
  }
  await command.run(session, argument.trim(), signal);
}

function help(): string {
  const rows = Object.entries(COMMANDS).map(([name, { usage, what }]) => [`${name} ${usage}`.trim(), what]);
  return `${renderTable([{ name: 'command' }, { name: 'what it does' }], rows)}

SQL ends with ; and can have several lines. Tab completes names. The beginning
of a line and ↑ find earlier lines; what begins with a space is not kept.
Ctrl-C cancels the query, or clears what is typed.`;
}

async function tables(session: Session): Promise<string> {
  const all = await session.columns();
  const own = new Set(session.tableNames);
  const whatIs = (name: string): string => {
    if (own.has(name)) return 'table';
    const view = FLAT_VIEWS.find((one) => one.name === name);
    return view === undefined ? 'of this session' : `view: a row is ${view.doc}`;
  };
  const rows = all.map(({ name, columns }) => [sqlName(name), String(leavesOf(columns).length), whatIs(name)]);
  const text = renderTable([{ name: 'name' }, rightAligned('columns'), { name: 'what it is' }], rows);
  return all.length === 0 ? 'There are no tables yet: nothing has been ingested.' : clipped(text, session.width);
}

async function schema(session: Session, name: string): Promise<string> {
  const all = await session.columns();
  const table = all.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (table === undefined) {
    const names = all.map((one) => one.name);
    const meant = nearest(name, names);
    throw new UserMistake(
      name === '' ? '.schema needs the name of a table or view.' : `There is no table or view ${name}.`,
      `${name === '' || meant === undefined ? '' : `Did you mean ${meant}? `}They are ${names.join(', ')}.`,
    );
  }
  const columns: readonly ColumnNode[] = table.columns;
  const rows = leavesOf(columns).map(({ path, type }) => [path.map(sqlName).join('.'), type]);
  return clipped(renderTable([{ name: 'column' }, { name: 'type' }], rows), session.width);
}

/** Lines that are cut to the width. */
function clipped(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (pieces(line, width).length > 1 ? `${pieces(line, width - 1)[0]}…` : line))
    .join('\n');
}

async function queries(session: Session, name: string): Promise<void> {
  const { project } = session.start;
  if (name !== '') return session.show(renderQuery(savedQueryOf(name, project)));
  const { queries: all, mistakes } = savedQueriesOf(project);
  await session.show(renderQueries(all));
  for (const { message, cure } of mistakes) session.say(`${message}\n${cure}`);
  session.say('Run one: .run NAME --from -30d. Show one: .queries NAME.');
}

async function runSaved(session: Session, argument: string, signal: AbortSignal): Promise<void> {
  const [name, ...words] = wordsIn(argument);
  if (name === undefined) throw new UserMistake('.run needs the name of a saved query.', '.queries lists them.');
  const { project, io, from, to } = session.start;
  const saved = savedQueryOf(name, project);
  // The days that the shell was started with hold for saved queries that are about days.
  const range = saved.hasRange ? { from, to } : {};
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const [, flag, joined] = /^--(from|to)(?:=(.*))?$/s.exec(words[at]) ?? [];
    if (flag !== 'from' && flag !== 'to') rest.push(words[at]);
    else {
      const value = joined ?? words[++at];
      if (value === undefined) throw new UserMistake(`--${flag} has no value.`, `Write --${flag} DAY.`);
      range[flag] = value;
    }
  }
  await session.answer(questionOf(name, project, { ...range, rest, now: io.now() }), signal);
}

async function openFile(session: Session, argument: string, signal: AbortSignal): Promise<void> {
  const [file] = wordsIn(argument);
  if (file === undefined) throw new UserMistake('.open needs a file.', 'Write .open FILE, a file that contains SQL.');
  const { statements, rest } = splitStatements(await contentOf(resolve(session.start.io.cwd, file)));
  for (const sql of [...statements, ...(rest === '' ? [] : [rest])]) {
    await session.answer(session.questionOf(sql), signal);
    signal.throwIfAborted();
  }
}
