/** `trailmill query --list`: the saved queries, or one of them with its parameters and its SQL. */
import type { SavedQuery } from '../../query/saved-query.js';
import type { CommandContext } from '../session/context.js';
import { EXIT } from '../terminal/failure.js';
import { renderTable } from '../terminal/table.js';
import { flagOf, savedQueriesOf, savedQueryOf } from './saved.js';

const WIDTH = 80;

/** Prints the list; with a name, all of that query. The exit code says whether files of the project cannot be used. */
export function listQueries({ output }: CommandContext, project: string, name: string | undefined): number {
  if (name !== undefined) {
    const query = savedQueryOf(name.trim(), project);
    output.value(jsonOf(query));
    output.say(renderQuery(query));
    return EXIT.ok;
  }
  const { queries, mistakes } = savedQueriesOf(project);
  output.value({ queries: queries.map(jsonOf) });
  output.say(
    renderTable(
      [{ name: 'query' }, { name: 'what it answers' }],
      queries.map((one) => [one.name, one.title]),
    ),
  );
  for (const { message, cure } of mistakes) output.note(`${message}\n  ${cure}`);
  output.note('Run one: trailmill query NAME --from -30d. Show one: --list NAME.');
  return mistakes.length === 0 ? EXIT.ok : EXIT.mistake;
}

function jsonOf({ name, title, description, parameters, hasRange, file, sql }: SavedQuery): object {
  return { name, title, description, parameters, range: hasRange, file, sql };
}

function renderQuery({ name, title, description, parameters, hasRange, sql }: SavedQuery): string {
  const range: [string, string][] = hasRange
    ? [
        ['--from DAY', 'first day (default: all days)'],
        ['--to DAY', 'last day, inclusive (default: all days)'],
      ]
    : [];
  const rows = parameters.map(({ name: own, type, default: value, description: what }): [string, string] => [
    `${flagOf(own)} ${type.toUpperCase()}`,
    `${what}${value === undefined ? ' (required)' : value === null ? '' : ` (default: ${value})`}`,
  ]);
  const left = Math.max(...[...range, ...rows].map(([flag]) => flag.length));
  const options = [...rows, ...range].flatMap(([flag, what]) =>
    wrapped(what, WIDTH - left - 4).map((line, index) => `  ${(index === 0 ? flag : '').padEnd(left)}  ${line}`),
  );
  return [`${name}: ${title}`, '', ...wrapped(description, WIDTH), '', ...options, '', sql].join('\n');
}

/** The lines of a text, broken at spaces. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
