/** docs/start.md and the sample of docs/verify.md, followed step by step: each command as written, and its output. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, Project } from '../../support/cli';
import { type Block, codeBlocks, pageText, shellCommands } from '../../support/docs';
import { describeWithTemporal, temporalBinary } from '../../support/temporal';

/** Lines that differ in each run, and the end of a part that the page leaves out. */
const VOLATILE = /^ *started |^ *…$/;

describeWithTemporal('the first steps', () => {
  let directory: string;
  const projects: Project[] = [];

  function open(name: string): Project {
    const project = new Project(join(directory, name), { TRAILMILL_TEMPORAL_BINARY: temporalBinary() });
    projects.push(project);
    return project;
  }

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'trailmill-first-steps-'));
  });
  afterAll(async () => {
    await Promise.all(projects.map((project) => project.close()));
    rmSync(directory, { recursive: true, force: true });
  });

  /** Runs `trailmill …`; `dev` is left running. */
  async function follow(project: Project, argv: readonly string[]): Promise<Ended | undefined> {
    if (argv[0] === 'dev') {
      await project.start('dev').line((line) => line.startsWith('Trailmill is running'));
      return undefined;
    }
    const ended = await project.run(...argv);
    expect([argv, ended]).toEqual([argv, expect.objectContaining({ code: 0 })]);
    return ended;
  }

  /** Lines of the page that the command did not print. */
  function missing(shown: Block, { stdout }: Ended): string[] {
    const printed = stdout.replaceAll(`file://${directory}`, 'file:///srv').split('\n');
    const lines = shown.code.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    return lines.filter((line) => !VOLATILE.test(line) && !printed.includes(line));
  }

  it('of docs/start.md lead from an empty directory to the answers on the page', async () => {
    let project = open('.');
    const [, sample] = /`trailmill (sample [^`]+)`/.exec(pageText('docs/start.md')) ?? [];
    await follow(project, shellCommands(sample)[0]);
    let last: Ended | undefined;
    let compared = 0;
    for (const block of codeBlocks('docs/start.md').filter(({ section }) => section !== '1. Install')) {
      if (block.language === 'sh') {
        for (const [name, ...argv] of shellCommands(block.code)) {
          if (name === 'cd') project = open(argv[0]);
          else last = (await follow(project, argv)) ?? last;
        }
      } else if (block.language === 'yml') {
        // In the file that `init` wrote, whose path and key are those of the page.
        const [, path, location] = /^# (\S+)\n.*\n +location: (\S+)/.exec(block.code) ?? [];
        const file = readFileSync(project.path(path), 'utf8');
        expect([location, file.match(/^ {2}location: /gm)]).toEqual(['s3://my-org-logs-bucket', [expect.anything()]]);
        writeFileSync(project.path(path), file.replace(/^ {2}location: .*$/m, '  location: ../my-bucket'));
      } else {
        expect([block.code, missing(block, last as Ended)]).toEqual([block.code, []]);
        compared++;
      }
    }
    expect(compared).toBe(5);
  });

  it('of docs/verify.md verify a sample', async () => {
    const project = open('verified');
    const blocks = codeBlocks('docs/verify.md');
    const at = blocks.findIndex(({ code }) => code.startsWith('trailmill sample'));
    let last: Ended | undefined;
    for (const [, ...argv] of shellCommands(blocks[at].code)) last = (await follow(project, argv)) ?? last;
    expect(missing(blocks[at + 1], last as Ended)).toEqual([]);
  });
});
