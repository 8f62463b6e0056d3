/** Recorded histories: test/histories/WORKFLOW.WHAT.COMMIT.json; those without a commit were recorded first. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ReplayWorkerOptions, Worker } from '@temporalio/worker';

const ROOT = resolve(__dirname, '..', '..');
const HISTORIES = join(ROOT, 'test', 'histories');
const BUNDLE = join(ROOT, 'dist', 'workflow-bundle.js');

/** All file names. A history of an older commit is never replaced. */
export function recordedHistories(): string[] {
  return readdirSync(HISTORIES).filter((name) => name.endsWith('.json'));
}

export function readHistory(name: string): unknown {
  return JSON.parse(readFileSync(join(HISTORIES, name), 'utf8'));
}

/** Whether it is a history of this, such as `backfill.done`, of any commit. */
export function isOf(name: string, what: string): boolean {
  return name === `${what}.json` || name.startsWith(`${what}.`);
}

/** Throws if the workflows of the bundle issue other commands than those in the history. */
export function replay(
  history: unknown,
  codePath = BUNDLE,
  more: Pick<ReplayWorkerOptions, 'sinks'> = {},
): Promise<void> {
  return Worker.runReplayHistory({ ...more, workflowBundle: { codePath } }, history, workflowIdOf(history));
}

/** The id of the workflow, from which the ids of its children are derived. Old servers did not record it. */
function workflowIdOf(history: unknown): string | undefined {
  const { events } = history as { events: { workflowExecutionStartedEventAttributes?: { workflowId?: string } }[] };
  return events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
}

/** Replays with a bundle whose text is changed. Every text that is to be replaced has to be there. */
export async function replayChanged(history: unknown, changes: readonly (readonly [string, string])[]): Promise<void> {
  let text = readFileSync(BUNDLE, 'utf8');
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`The bundle has no \`${from}\` any more: change the test, too.`);
    text = text.replaceAll(from, () => to);
  }
  const directory = mkdtempSync(join(tmpdir(), 'trailmill-bundle-'));
  try {
    const codePath = join(directory, 'workflow-bundle.js');
    writeFileSync(codePath, text);
    await replay(history, codePath);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Adds histories for the current commit. It is an error if one already exists: commit your changes first. */
export function record(histories: Readonly<Record<string, unknown>>): void {
  const commit = execFileSync('git', ['rev-parse', '--short=7', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  mkdirSync(HISTORIES, { recursive: true });
  for (const [what, history] of Object.entries(histories)) {
    const text = `${anonymous(JSON.stringify(history, null, 1))}\n`;
    writeFileSync(join(HISTORIES, `${what}.${commit}.json`), text, { flag: 'wx' });
  }
}

/** Without what identifies the machine: the directory, and workers as `PID@HOST`. A replay uses neither. */
function anonymous(history: string): string {
  return history.replaceAll(`${ROOT}/`, '').replace(/\b\d+@[\w.-]+/g, 'worker@host');
}
