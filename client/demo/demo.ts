/** `trailmill demo`: creates a sample, ingests it with a real server, and queries it, in `.trailmill/demo/` of the project. */
import { join, relative } from 'node:path';
import type { Settings } from '../../config/settings.js';
import { openCatalog } from '../../iceberg/open-catalog.js';
import type { VerifyResult } from '../../protocol/verify-messages.js';
import { openTables } from '../../query/open-tables.js';
import { storeKeysOfFolder } from '../../run/key-store.js';
import { KEYS_PREFIX } from '../../sample/index.js';
import { openStore } from '../../storage/open.js';
import { count, counted } from '../../text/numbers.js';
import { installTelemetry } from '../../worker/telemetry.js';
import { progressView } from '../backfill/progress.js';
import { readBackfill } from '../backfill/read-backfill.js';
import { renderStatus } from '../backfill/render.js';
import { startBackfill } from '../backfill/start.js';
import type { BackfillView } from '../backfill/view.js';
import { follow } from '../backfill/watch.js';
import type { CommandContext, GlobalOptions } from '../session/context.js';
import { clientOf } from '../session/session.js';
import { settingsFor } from '../session/settings.js';
import { EXIT, WorkFailed } from '../terminal/failure.js';
import { INTERRUPTED, withInterrupt } from '../terminal/io.js';
import { verifyOnServer } from '../verify/verify-workflow.js';
import { type HostedServer, type HostedWorker, hostServer, hostWorker, untilStopped } from '../worker/host.js';
import { type Check, checkTables, differences } from './checks.js';
import { type DemoSample, makeSample, prepareDemo } from './prepare.js';
import { ask, type CountedRow, DEMO_QUESTIONS, type DemoQuestion } from './questions.js';
import { renderAnswer, renderChecks } from './render.js';

interface DemoOptions extends GlobalOptions {
  keep?: boolean;
  seed?: number;
}

interface Answer {
  question: DemoQuestion;
  rows: CountedRow[];
  wrong: string[];
}

/** Creates the sample, ingests it, and compares the tables with it. The exit code is 1 if a number differs. */
export async function run(context: CommandContext<DemoOptions>): Promise<number> {
  const { io, output, options } = context;
  installTelemetry('WARN');
  const settings = await prepareDemo(settingsFor(context).projectDir, io.env);
  const stopping = (): void => output.note('\nStopping the worker and the server. Ctrl-C again to force it.');
  const parts: { server?: HostedServer; worker?: HostedWorker } = {};
  return withInterrupt(
    io,
    async (signal) => {
      try {
        const sample = await makeSample(settings, options.seed ?? 1, io, output.json);
        output.say(`1  A sample bucket: ${sample.summary}`);
        parts.server = await hostServer(settings, io.env, (line) => output.note(line), signal);
        parts.worker = await hostWorker(parts.server.settings);
        const { cluster } = parts.worker;
        output.say(
          `2  A Temporal server on ${cluster.address}, a worker, and a backfill of ${sample.from} to ${sample.to}`,
        );
        const view = await ingest(context, settings, sample, parts.worker, signal);
        if (view === undefined) return INTERRUPTED;
        const proven = await verifySample(context, parts.server.settings, sample);
        if (proven === undefined) return INTERRUPTED;
        const { checks, answers } = await compare(settings, sample);
        const ok = checks.every((check) => check.ok) && answers.every((answer) => answer.wrong.length === 0);
        output.value({
          ok,
          sample: sample.manifest,
          backfill: view,
          verification: proven.counts,
          checks,
          answers: answers.map(answerJson),
          ui: cluster.uiUrl ?? null,
        });
        sayResults(context, checks, answers);
        output.say(`6  The Temporal UI: ${cluster.uiUrl ?? ''}\n   The backfill: ${view.ui ?? ''}`);
        if (!ok) output.note('trailmill: The tables differ from the sample: see the lines with ✗ above.');
        if (options.keep === true) {
          output.say('   The server and the worker keep running until Ctrl-C.');
          await untilStopped(signal, parts.worker.worker, parts.server.server);
        } else {
          const demoDir = relative(io.cwd, settings.projectDir) || '.';
          output.say(`   Everything stops now; \`trailmill demo --keep\` keeps it running.`);
          output.say(`   To look at this run again: trailmill dev --project ${demoDir}`);
        }
        return ok ? EXIT.ok : EXIT.failedWork;
      } catch (error) {
        if (signal.aborted) return INTERRUPTED;
        throw error;
      } finally {
        await parts.worker?.stop().catch(() => {});
        await parts.server?.server.stop();
      }
    },
    stopping,
  );
}

/** Runs the backfill to its end; `undefined` after Ctrl-C. */
async function ingest(
  { io, output }: CommandContext<DemoOptions>,
  settings: Settings,
  sample: DemoSample,
  { cluster }: HostedWorker,
  signal: AbortSignal,
): Promise<BackfillView | undefined> {
  if (settings.source === undefined) throw new Error('the demo project has no source');
  const session = { client: clientOf(cluster), cluster };
  const request = { from: sample.from, to: sample.to, filter: {} };
  const { id } = await startBackfill(session, settings, settings.source, request);
  const read = (): Promise<BackfillView> => readBackfill(session, id);
  // With --json the output is one value, so progress is not shown.
  const silent = { show: () => {}, wait: () => {}, stop: () => {} };
  const { view, interrupted } = await follow(output.json ? silent : progressView(io, output), io, read, signal, 500);
  if (interrupted || view === undefined) return undefined;
  if (view.state !== 'completed')
    throw new WorkFailed(`The backfill did not succeed.\n${renderStatus(view, io.now())}`);
  const seconds = (Date.parse(view.closedAt ?? '') - Date.parse(view.startedAt)) / 1000;
  const { totals } = view;
  if (totals !== null) {
    output.say(`   ${counted(totals.files, 'file')}, ${counted(totals.events, 'event')} in ${seconds.toFixed(1)} s`);
  }
  return view;
}

/** Verifies all log files by the digests of the sample, with its public key; `undefined` after Ctrl-C. */
async function verifySample(
  context: CommandContext<DemoOptions>,
  settings: Settings,
  { from, to }: DemoSample,
): Promise<VerifyResult | undefined> {
  if (settings.source === undefined) throw new Error('the demo project has no source');
  const keys = { directory: join(settings.projectDir, 'bucket', KEYS_PREFIX), place: 'the sample' };
  await storeKeysOfFolder(openStore(settings.source.warehouse), keys, Date.now());
  const source = { ...settings.source, integrity: { ...settings.source.integrity, keys } };
  const request = { from, to, filter: {} };
  const result = await verifyOnServer(context, settings, source, request, { quiet: true });
  if (result !== undefined) {
    const { logFiles, digests } = result.counts;
    context.output.say(
      `3  Verified: ${count(logFiles.valid)} log files and ${count(digests.valid)} digests are as CloudTrail signed them`,
    );
  }
  return result;
}

async function compare(settings: Settings, sample: DemoSample): Promise<{ checks: Check[]; answers: Answer[] }> {
  const source = settings.source?.name ?? 'aws_cloudtrail';
  const tables = await openTables(
    openCatalog(settings.catalog, openStore(settings.warehouse)),
    settings.catalog.namespace,
    { source },
  );
  try {
    const checks = await checkTables(tables, source, sample.expected);
    const answers: Answer[] = [];
    for (const question of DEMO_QUESTIONS) {
      const rows = await ask(tables, question);
      answers.push({ question, rows, wrong: differences(rows, sample.answers[question.id]) });
    }
    return { checks, answers };
  } finally {
    tables.close();
  }
}

function sayResults(
  { output }: CommandContext<DemoOptions>,
  checks: readonly Check[],
  answers: readonly Answer[],
): void {
  output.say(
    `4  The Iceberg tables hold ${count(checks[0].found)} events. Does it add up?\n\n${renderChecks(checks)}\n`,
  );
  output.say('5  Three questions\n');
  for (const { question, rows, wrong } of answers) output.say(renderAnswer(question, rows, wrong));
}

function answerJson({ question, rows, wrong }: Answer): object {
  return { question: question.title, sql: question.sql, rows, ok: wrong.length === 0, differences: wrong };
}
