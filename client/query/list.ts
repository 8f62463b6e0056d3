/** `trailmill query --list`: the saved queries, or one of them with its parameters and its SQL. */
import type { SavedQuery } from '../../query/saved-query.js';
import type { CommandContext } from '../session/context.js';
import { EXIT } from '../terminal/failure.js';
import { renderTable } from '../terminal/table.js';
import { wrapped } from '../terminal/wrap.js';
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
  output.say(renderQueries(queries));
  for (const { message, cure } of mistakes) output.note(`${message}\n  ${cure}`);
  output.note('Run one: trailmill query NAME --from -30d. Show one: --list NAME.');
  return mistakes.length === 0 ? EXIT.ok : EXIT.mistake;
}

/** A line for each saved query. */
export function renderQueries(queries: readonly SavedQuery[]): string {
  return renderTable(
    [{ name: 'query' }, { name: 'what it answers' }],
    queries.map((one) => [one.name, one.title]),
  );
}

function jsonOf({ name, title, description, parameters, hasRange, file, sql }: SavedQuery): object {
  return { name, title, description, parameters, range: hasRange, file, sql };
}

/** What a saved query answers, its parameters and its SQL. */
export function renderQuery({ name, title, description, parameters, hasRange, sql }: SavedQuery): string {
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
