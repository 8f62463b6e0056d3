/** `npm run messages`: the list of everything that users read, for a review of its language. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Message, messagesOf } from '../../../dev/scripts/messages/collect';
import { deployMessages } from '../../../dev/scripts/messages/deploy';
import { allMessages, renderMessages } from '../../../dev/scripts/messages/list';
import { savedQueryMessages } from '../../../dev/scripts/messages/saved-queries';
import { POLICY } from '../../../errors';

const ROOT = join(__dirname, '..', '..', '..');
/** Kind, line and text of the messages in a source, where `#{` stands for what begins an expression in a template. */
const found = (file: string, text: string): Pick<Message, 'kind' | 'line' | 'text'>[] =>
  messagesOf(new Map([[file, text.replaceAll('#{', '$' + '{')]])).map(({ kind, line, text: shown }) => ({
    kind,
    line,
    text: shown,
  }));

describe('the messages of a source', () => {
  it('are the texts of errors and their cures, also of errors that are made by a function', () => {
    const source = [
      'class Base extends Error {}',
      'class Denied extends Base {}',
      'function denied(what: string): Denied { return new Denied(what, cure); }',
      "throw new Denied('No access.', 'Grant it.');",
      "throw denied('The bucket is closed.');",
    ];
    expect(found('storage/x.ts', source.join('\n'))).toEqual([
      { kind: 'errors', line: 4, text: 'No access.' },
      { kind: 'errors', line: 4, text: 'Grant it.' },
      { kind: 'errors', line: 5, text: 'The bucket is closed.' },
    ]);
  });

  it('show expressions as placeholders, and the texts in them on their own', () => {
    const source =
      "const a = `The file #{path} is #{gone ? 'no longer there' : describe(how)}.`;\nconst b = 'It has ' + count + ' rows.';";
    expect(found('plan/x.ts', source)).toEqual([
      { kind: 'texts', line: 1, text: "The file {path} is {gone ? 'no longer there' : describe(how)}." },
      { kind: 'texts', line: 1, text: 'no longer there' },
      { kind: 'texts', line: 2, text: 'It has {count} rows.' },
    ]);
  });

  it.each([
    [
      'client/x/commands.ts',
      "define(program).description('run it').option('--days <n>', 'at most');",
      'help',
      ['run it', 'at most'],
    ],
    ['client/x/render.ts', "output.note('Ready.'); output.say(`#{n} rows`);", 'output', ['Ready.', '{n} rows']],
    ['run/x.ts', "log.warn('Stopped', { reason: 'gone' });", 'logs', ['Stopped']],
    ['workflows/ui/x.ts', 'const next = `finish #{day} first`;', 'ui', ['finish {day} first']],
    ['worker/metrics.ts', "const COUNTERS = { trailmill_files: 'Files committed' };", 'metrics', ['Files committed']],
    [
      'errors/x.ts',
      "const CODES = { gone: { means: 'it was deleted', cure: 'restore it' } };",
      'codes',
      ['it was deleted', 'restore it'],
    ],
    ['config/x-table.ts', "const S = { doc: 'Threads that decode.' };", 'settings', ['Threads that decode.']],
    ['cloudtrail/columns/x.ts', "column('ts', 'Time of the request');", 'columns', ['Time of the request']],
    ['dev/bench/x.ts', "console.log('the end is near');", 'dev', ['the end is near']],
  ])('are sorted by what they are for: %s', (file, source, kind, texts) => {
    expect(found(file, source)).toEqual(texts.map((text) => ({ kind, line: 1, text })));
  });

  it('are not names, codes, SQL, types, imports and what is compared', () => {
    const source = [
      "import { a } from './two words.js';",
      "type Kind = 'log file' | 'digest';",
      "if (kind === 'log file') run('SELECT one of those', 'etag', { 'two words': 1 });",
      "throw new Error('gone');",
      "switch (kind) { case 'log file': break; }",
    ];
    expect(found('plan/x.ts', source.join('\n'))).toEqual([]);
  });

  it('are in alerts and dashboards, too', () => {
    const query = '-- title: Root use\n-- description: Who used root,\n--   and when.\nSELECT 1 -- title: no';
    expect(savedQueryMessages('query/saved/x.sql', query)).toEqual([
      { kind: 'output', file: 'query/saved/x.sql', line: 1, text: 'Root use' },
      { kind: 'output', file: 'query/saved/x.sql', line: 2, text: 'Who used root, and when.' },
    ]);
    expect(deployMessages('deploy/x.yml', 'groups:\n  - summary: No worker.\n    expr: up == 0\n')).toEqual([
      { kind: 'alerts', file: 'deploy/x.yml', line: 2, text: 'No worker.' },
    ]);
  });
});

describe('the list of this project', () => {
  const messages = allMessages(ROOT);

  it('has every error that is thrown with a text, with its line', () => {
    const thrown = new RegExp(
      `new (?:${Object.keys(POLICY).join('|')})\\(\\s*(['\`])((?:(?!\\1|\\\\|\\$\\{).){12,})`,
      'gs',
    );
    const files = new Set(messages.map(({ file }) => file).filter((file) => file.endsWith('.ts')));
    const missing = [...files].flatMap((file) => {
      const source = readFileSync(join(ROOT, file), 'utf8');
      return [...source.matchAll(thrown)].flatMap(({ index, 0: all, 2: text }) => {
        const line = source.slice(0, index + all.length).split('\n').length;
        const isListed =
          !text.includes(' ') ||
          messages.some((one) => one.file === file && Math.abs(one.line - line) <= 2 && one.text.includes(text));
        return isListed ? [] : [`${file}:${line} ${text}`];
      });
    });
    expect(missing).toEqual([]);
    expect(files.size).toBeGreaterThan(200);
  });

  it('is printed by kind, a line for each with its place', () => {
    const text = renderMessages(messages);
    for (const kind of ['errors', 'codes', 'help', 'output', 'ui', 'logs', 'metrics', 'settings', 'columns', 'alerts'])
      expect(text).toMatch(new RegExp(`^## ${kind} \\(\\d+\\): .+\\n\\n\\w[\\w./-]+:\\d+  \\S`, 'm'));
    expect(text).toMatch(/^run\/events\.ts:\d+ {2}Group committed$/m);
    expect(text).toMatch(/^client\/program\.ts:\d+ {2}print the versions of Trailmill, Node, Temporal and DuckDB$/m);
  });

  // Words of earlier versions that no native speaker would use here.
  it.each([
    [/\bnobody\b/i, 'name what is missing: "no bucket is configured"'],
    [/\b(is|are|cannot) (be )?had\b/i, '"is not available"'],
    [/\bany more\b(?! (than|files|rows))/i, '"no longer"'],
    [/, of which\b/i, 'two sentences'],
    [/\b(what it comes to|as one would|all the same|in its stead)\b/i, 'plain words'],
    [/\b(has|have|had) been there\b|\bis not there\b/i, '"is missing", "does not exist"'],
    [/\bwhat the message says\b/i, '"follow the message"'],
    [/\btried again and again\b/i, '"is retried"'],
    [/\b\w+s a second\b/i, '"per second"'],
  ])('has nowhere %s: %s', (pattern) => {
    const places = messages
      .filter(({ kind, text }) => kind !== 'dev' && pattern.test(text))
      .map(({ file, line, text }) => `${file}:${line} ${text}`);
    expect(places).toEqual([]);
  });
});
