/** A worker that is told to stop in the middle of a batch: its health, its output, and the work that remains. */
import type { AuditReport } from '../../../audit/report';
import { freePort } from '../../../net/free-port';
import type { Condition } from '../../../worker/readiness';
import { promised, type Started, until, valuesOf, viewOf } from '../../support/cli';
import { describeWithS3 } from '../../support/servers';
import { describeWithTemporal } from '../../support/temporal';
import { type WorkerProject, workerProject } from '../../support/worker-project';

/** Seconds, in temporal.yaml. */
const GRACE = 3;
/** Milliseconds beyond the grace period, to close the threads and connections on a busy machine. */
const SOME = 10_000;

/** A worker has only one batch of one day in progress. */
const ONE_AT_A_TIME = 'ingest: {days_in_flight: 1, batches_in_flight: 1}\n';

describeWithTemporal('a worker that gets SIGTERM in the middle of a batch', () => {
  describeWithS3('of files in S3', () => {
    let made: WorkerProject;
    let port: number;
    /** Releases the request that the batch is waiting for. */
    let release: () => void;

    afterEach(() => made.close());

    async function probe(path: string): Promise<[code: number, condition: Condition]> {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return [answer.status, (await answer.json()) as Condition];
    }

    /** A worker that has requested the first file of a batch, and does not get it. */
    async function inTheMiddle(graceSeconds: number) {
      made = await workerProject(`worker: {shutdown_grace_seconds: ${graceSeconds}}\n${ONE_AT_A_TIME}`);
      const { project, proxy, range, sample } = made;
      port = await freePort(0);
      const go = new Promise<void>((resolve) => {
        release = resolve;
      });
      const rule = proxy.addRule({ fault: { kind: 'hold', until: go }, method: 'GET', path: /json\.gz/, times: 1 });
      const worker = project.start('worker', '--health', `127.0.0.1:${port}`, '--json');
      expect(await worker.value()).toMatchObject({ health: `http://127.0.0.1:${port}/readyz` });
      expect(await probe('/readyz')).toEqual([200, { status: 'ready', underWay: [] }]);
      const [started] = valuesOf<Started>(await project.ask('backfill', 'start', ...range, '--json'));
      await until(
        () => rule.hitCount > 0,
        () => 'Nobody reads a file.',
      );
      const underWay = [`ingestBatch of ${sample.delivery.from}`];
      expect(await probe('/readyz')).toEqual([200, { status: 'ready', underWay }]);
      return { worker, underWay, started };
    }

    /** Another worker completes the backfill of the whole sample: everything is counted once, and is in the tables once. */
    async function theRest(): Promise<void> {
      const { project, id, range, sample } = made;
      project.start('worker');
      const ended = await project.ask('backfill', 'status', id, '--watch', '--json');
      expect(viewOf(ended)).toMatchObject({ state: 'completed', totals: promised(sample), failures: [] });
      const audit = await project.ask('audit', ...range, '--json');
      expect([audit.code, valuesOf<AuditReport>(audit)[0].differences.count]).toEqual([0, 0]);
    }

    it('is no longer ready from that moment on, finishes the batch, and exits with 0', async () => {
      const { worker, underWay } = await inTheMiddle(60);
      process.kill(worker.pid, 'SIGTERM');
      await until(
        async () => (await probe('/readyz'))[0] === 503,
        () => 'It still says that it is ready.',
      );
      // It still has the batch, and must not be killed because of that.
      expect(await probe('/readyz')).toEqual([503, { status: 'stopping', underWay }]);
      expect((await probe('/healthz'))[0]).toBe(200);
      release();
      const { code, stderr } = await worker.ended;
      expect(code).toBe(0);
      expect(stderr).toContain(`Stopping: the worker finishes its activities within 60 s: ${underWay[0]}.`);
      expect(stderr).toContain('Stopped: all activities are finished.');
      await expect(probe('/healthz')).rejects.toThrow();
      await theRest();
    });

    it('gives the batch back when the grace period is over, exits with 0, and another worker ingests it', async () => {
      const { worker } = await inTheMiddle(GRACE);
      const told = Date.now();
      process.kill(worker.pid, 'SIGTERM');
      const { code, stderr } = await worker.ended;
      const took = Date.now() - told;
      expect(code).toBe(0);
      expect(took).toBeGreaterThan(GRACE * 1000);
      expect(took).toBeLessThan(GRACE * 1000 + SOME);
      expect(stderr).toContain('Stopped: 1 activity was not finished in time');
      await theRest();
    });
  });
});
