/** The recorded session: its pictures are of the recording, and the recording is of the commands that the docs have. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CastEvent, readCast, writeCast } from '../../../dev/scripts/session/cast';
import { castName, SESSION_DIRECTORY, sessionFiles } from '../../../dev/scripts/session/files';
import { pictureOf } from '../../../dev/scripts/session/picture';
import { type Screen, screensOf } from '../../../dev/scripts/session/screen';
import { SHOWN_DIRECTORY, stable } from '../../../dev/scripts/session/stable';
import { SCENES, SIZES } from '../../../dev/scripts/session/steps';
import { codeBlocks, PAGES, pageText, shellCommands } from '../../support/docs';

const DIRECTORY = join(__dirname, '../../..', SESSION_DIRECTORY);
const fileOf = (name: string): string => readFileSync(join(DIRECTORY, name), 'utf8');
/** Scenes whose output does not fit 80 or 120 columns yet. */
const TOO_WIDE: Record<string, string[]> = {
  '80x24.cast': [],
  '120x40.cast': [],
};

const COMMANDS = SCENES.flatMap(({ commands }) => commands.filter((one) => typeof one === 'string'));

describe.each(SIZES)('the recording at $columns × $rows', (size) => {
  const name = castName(size);
  let text: string;
  let screens: Screen[];
  beforeAll(async () => {
    text = fileOf(name);
    screens = await screensOf(readCast(text));
  });

  test('is an asciicast of the scenes; else run `npm run session`', () => {
    expect(JSON.parse(text.split('\n')[0])).toMatchObject({ version: 2, width: size.columns, height: size.rows });
    expect(screens.map((screen) => screen.name)).toEqual(SCENES.map((scene) => scene.name));
    for (const [index, { commands }] of SCENES.entries()) {
      const typed = screens[index].lines.filter((line) => /^[$>] ./.test(line)).map((line) => line.slice(2));
      const expected = commands.filter((one) => typeof one === 'string').flatMap((one) => one.split('\n'));
      expect(typed).toEqual(expected);
    }
  });

  test('has the pictures that are there', async () => {
    const files = await sessionFiles(readCast(text));
    expect(Object.keys(files).length).toBe(SCENES.length + 1);
    for (const [file, content] of Object.entries(files)) expect([file, fileOf(file)]).toEqual([file, content]);
  });

  test('says nothing about the machine that it was made on', () => {
    const recording = readCast(text);
    expect(stable(recording.events, SHOWN_DIRECTORY)).toEqual(recording.events);
    expect(text).not.toMatch(/\/tmp\/|\/root\//);
  });

  test('has lines that fit', () => {
    const wide = screens.filter(({ wrapped }) => wrapped.length > 0).map((screen) => screen.name);
    expect(wide).toEqual(TOO_WIDE[name] ?? []);
  });
});

test('every file is one of the recordings', () => {
  const names = SIZES.flatMap((size) => [
    castName(size),
    ...SCENES.map(({ name }, index) => `${size.columns}x${size.rows}-${index + 1}-${name}.svg`),
  ]);
  expect(readdirSync(DIRECTORY).sort()).toEqual(names.sort());
});

test('pages link pictures of it that are there, and every scene is on one', () => {
  const linked = PAGES.flatMap((page) =>
    Array.from(pageText(page).matchAll(/\((?:docs\/)?(session\/[^)]+)\)/g), ([, path]) => path),
  );
  expect(linked.filter((path) => !existsSync(join(DIRECTORY, '..', path)))).toEqual([]);
  const missing = SCENES.filter(({ name }) => !linked.some((path) => path.endsWith(`-${name}.svg`)));
  expect(missing.map(({ name }) => name)).toEqual([]);
  expect(linked).toEqual(expect.arrayContaining(SIZES.map((size) => `session/${castName(size)}`)));
});

test('its commands are those of docs/start.md', () => {
  // The page has a limit of its own, a line break elsewhere, and puts the server in the foreground.
  const plain = (words: readonly string[]): string =>
    words
      .join(' ')
      .replaceAll(/\s+/g, ' ')
      .replace(/ --limit \d+/, '');
  const blocks = codeBlocks('docs/start.md').filter(({ language }) => language === 'sh');
  const page = [...blocks.flatMap(({ code }) => shellCommands(code)), ...shellCommands(mentionedSample())].map(plain);
  const own = /^(sed|cat|trailmill audit)\b/;
  const typed = COMMANDS.flatMap(shellCommands).map(plain);
  expect(typed.filter((command) => !own.test(command) && !page.includes(command.replace(/ &$/, '')))).toEqual([]);
});

function mentionedSample(): string {
  return /`(trailmill sample [^`]+)`/.exec(pageText('docs/start.md'))?.[1] ?? '';
}

describe('what differs with each recording is made the same', () => {
  const output = (events: readonly CastEvent[]): string => events.map(([, , text]) => text).join('');

  test('also where it arrives in two parts', () => {
    const events: CastEvent[] = [
      [0, 'o', '[1] 99'],
      [0.1, 'o', '81\r\nin /tmp/tm-Ab'],
      [0.2, 'o', 'C123/my-logs, UI http://127.0.0.1:4'],
      [0.3, 'm', 'dev'],
      [0.4, 'o', '5678\r\nPort 7233 is in use: the Temporal'],
      [0.4, 'o', ' server uses 7234.\r\nserver 127.0.0.1:7999'],
      [0.5, 'o', '\r\nstarted 2031-05-06 12:34 UTC, took 1 min 7 s\r\n'],
    ];
    const same = stable(events, '/tmp/tm-AbC123');
    expect(output(same.filter(([, kind]) => kind === 'o'))).toBe(
      '[1] 2417\r\nin /home/ana/work/my-logs, UI http://127.0.0.1:8233\r\nserver 127.0.0.1:7233' +
        '\r\nstarted 2026-11-30 09:00 UTC, took 12 s\r\n',
    );
    expect(same.find(([, kind]) => kind === 'm')).toEqual([0.3, 'm', 'dev']);
  });

  test('and what the sample says is left', () => {
    const events: CastEvent[] = [[0, 'o', '2024-02-29 23:05 UTC 2,582 files 192.0.2.1 127.0.0.10\r\n']];
    expect(stable(events, '/tmp/tm-AbC123')).toEqual(events);
  });
});

test('a screen knows colors, wide characters, what has left it and what did not fit', async () => {
  const events: CastEvent[] = [
    [0, 'o', 'one\r\ntwo\r\n  \u001b[32m✓\u001b[39m  \u001b[1m漢字\u001b[22m  <a>&\r\n'],
    [0, 'o', 'longer than the columns\r\nlast'],
    [1, 'm', 'scene'],
  ];
  const recording = { columns: 20, rows: 4, events };
  expect(readCast(writeCast(recording))).toEqual(recording);
  const [screen] = await screensOf(recording);
  expect(screen.lines).toEqual(['one', 'two', '  ✓  漢字  <a>&', 'longer than the colu', 'mns', 'last']);
  expect(screen.wrapped).toEqual(['longer than the colu']);
  expect(screen.rows).toHaveLength(4);
  const picture = pictureOf(screen, 'A <scene>');
  expect(picture).toContain('<title>A &lt;scene&gt;</title>');
  expect(picture).toMatch(/<text x="30.8" y="28" textLength="8.4" fill="#3fb950"[^>]*>✓</);
  expect(picture).toMatch(/textLength="33.6" font-weight="bold"[^>]*>漢字</);
  expect(picture).toContain('>&lt;a&gt;&amp;</text>');
  expect(picture).not.toContain('>one<');
});
