/** The commands on all pages, run by bash as written, over a sample. The exceptions are in test/support/docs-commands. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { freePort } from '../../../net/free-port';
import type { Up } from '../../support/cli';
import { allowWarehouses, holdBack, Project } from '../../support/cli';
import { type Block, codeBlocks, PAGES, shellCommands } from '../../support/docs';
import {
  ADDED,
  adapted,
  type Known,
  LEFT_OUT,
  onlyReads,
  placeOf,
  runElsewhere,
  STAND_INS,
  stays,
  VALUES,
} from '../../support/docs-commands';
import { DocsShell, type Ran, STACK } from '../../support/docs-shell';
import { describeWithTemporal, temporalBinary } from '../../support/temporal';

/** Sequences of blocks that run concurrently: few, because another test file runs at the same time. */
const AT_ONCE = 2;

/** In a project. */
const SETTINGS = ['log_sources', 'aws_cloudtrail', 'log_source.yml'];

/** Characters of the output of a failed block that are shown. */
const SHOWN = 4_000;

const BLOCKS = PAGES.filter((page) => page === 'README.md' || page.startsWith('docs/'))
  .flatMap(codeBlocks)
  .filter((block) => block.language === 'sh' && !runElsewhere(block));
const commandsOf = (code: string): string[][] => shellCommands(code).filter(([name]) => name === 'trailmill');

describeWithTemporal('the commands of the pages', () => {
  let root: string;
  let project: Project;
  let known: Known;
  const ran = new Map<Block, Ran>();

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'trailmill-commands-'));
    project = new Project(root, { TRAILMILL_TEMPORAL_BINARY: temporalBinary() });
    await prepare();
    const shell = new DocsShell(root, project.env, {
      links: { temporal: temporalBinary() },
      standIns: Object.keys(STAND_INS),
    });
    const follow = async (blocks: readonly Block[]): Promise<void> => {
      for (const block of blocks) {
        const place = join(root, placeOf(block));
        mkdirSync(place, { recursive: true });
        ran.set(block, await shell.run(adapted(block, known), place, stays(block)));
      }
    };
    // It creates the project in which the others run.
    await follow(BLOCKS.filter(({ page }) => page === 'README.md'));
    known.address = readServer().address;
    const queue = chains(BLOCKS.filter((block) => !ran.has(block)));
    const next = async (): Promise<void> => {
      for (let chain = queue.shift(); chain !== undefined; chain = queue.shift()) await follow(chain);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, next));
  }, 2_400_000);
  afterAll(async () => {
    await project.close();
    rmSync(root, { recursive: true, force: true });
  });

  /**
   * Sequences of blocks that run one after another, the longest first: the blocks that change tables and workflows, each page
   * that only reads them, and the blocks with a directory of their own.
   */
  function chains(blocks: readonly Block[]): Block[][] {
    const nameOf = (block: Block): string => {
      const place = placeOf(block);
      if (place !== 'my-logs') return place;
      const page = blocks.filter((other) => other.page === block.page && placeOf(other) === place);
      return page.every(({ code }) => shellCommands(code).every(onlyReads)) ? block.page : place;
    };
    const byName = new Map<string, Block[]>([
      ['my-logs', []],
      ['demo', []],
    ]);
    for (const block of blocks) byName.set(nameOf(block), [...(byName.get(nameOf(block)) ?? []), block]);
    return [...byName.values()];
  }

  /** Creates the bucket, and the files that the pages assume to exist. */
  async function prepare(): Promise<void> {
    const at = (...names: string[]): string => join(root, ...names);
    await project.ask('sample', '--out', 'bucket', '--days', '2', '--accounts', '2', '--events-per-hour', '20');
    for (const name of ['settings', 'on-s3']) expect((await project.ask('init', name)).code).toBe(0);
    const edit = (name: string, location: string): void => {
      const file = at(name, ...SETTINGS);
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^ {2}location: .*$/m, location));
    };
    edit('settings', '  location: ../bucket');
    edit(
      'on-s3',
      '  s3_source: {bucket_name: my-org-logs-bucket, access_role_arn: "arn:aws:iam::111122223333:role/r"}',
    );
    appendFileSync(at('settings', ...SETTINGS), '\nintegrity: {keys: ./keys}\n');
    holdBack(at('held'));
    allowWarehouses(new Project(at('settings'), {}), '../held');
    writeFileSync(at('settings', 'report.sql'), 'SELECT count(*) AS n FROM events;\n');
    cpSync(at('bucket', 'sample-keys'), at('settings', 'keys'), { recursive: true });
    const port = await freePort(0);
    const [account] = readdirSync(at('bucket', 'AWSLogs'));
    const folder = ['AWSLogs', account, 'CloudTrail', 'us-east-1', '2024', '02', '28'];
    const files = readdirSync(at('bucket', ...folder)).map((name) => {
      const text = gunzipSync(readFileSync(at('bucket', ...folder, name))).toString();
      return { name, records: (JSON.parse(text) as { Records: { eventID: string }[] }).Records };
    });
    const { name, records } = files.find((file) => file.records.length > 0) as (typeof files)[0];
    known = {
      account,
      logFile: [...folder, name].join('/'),
      event: records[0].eventID,
      address: '',
      ports: [port, await freePort(0, [port])],
    };
    const digests = [...folder.slice(0, 2), 'CloudTrail-Digest', ...folder.slice(3)];
    cpSync(at('bucket', ...digests), at('copy', ...digests), { recursive: true });
    mkdirSync(at('copy', 'keys'));
  }

  const readServer = (): Up => JSON.parse(readFileSync(join(root, 'my-logs', '.trailmill', 'dev-server.json'), 'utf8'));

  it.each(BLOCKS.map((block) => [block.page, block.section, block.code.trim().split('\n')[0], block] as const))(
    '%s, %s: %s',
    (_page, _section, _first, block) => {
      const { code, calls, output } = ran.get(block) as Ran;
      const wanted = commandsOf(adapted(block, known)).map(([, ...argv]) => ({ argv, code: 0 }));
      if (code !== 0) throw new Error(`It ended with ${code}: ${output.slice(-SHOWN)}`);
      expect(calls).toEqual(wanted);
      expect(output).not.toMatch(STACK);
    },
  );

  it.each(VALUES)('a page has the value %s', (value) => {
    expect([...BLOCKS.map(({ code }) => code), ...ADDED.map(([, , , line]) => line)].join('\n')).toContain(value);
  });

  it.each([
    ...ADDED.map(([page, , beginning]) => [page, beginning]),
    ...LEFT_OUT.map(([page, beginning]) => [page, beginning]),
  ])('%s has the line that is run differently: %s', (page, beginning) => {
    const lines = BLOCKS.filter((block) => block.page === page).flatMap(({ code }) => code.split('\n'));
    expect(lines.filter((line) => line.startsWith(beginning))).toHaveLength(1);
  });
});
