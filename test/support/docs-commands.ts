/** How the commands of the pages are run over a sample: with which values, where, and what is not run. */
import type { Block } from './docs';

/** Programs that are not run as on the pages, and why: a stand-in of the same name does nothing. */
export const STAND_INS: Readonly<Record<string, string>> = {
  aws: 'needs an AWS account; test/integration/integrity/evidence and iam/iam-policy use what it would give',
  docker: 'test/integration/deploy/deploy-container builds and runs the image',
  kubectl: 'needs a cluster; test/integration/deploy checks the manifests',
  npm: 'installs, or measures for minutes and hours; .ci/run installs and has the demo, test/integration/dev packs, and runs chaos and bench:peers',
  'spark-sql': 'npm run verify:spark runs Spark with these settings',
};

/** Blocks that another test runs. */
export function runElsewhere({ page, section, code }: Block): boolean {
  // test/integration/docs/first-steps
  if (page === 'docs/start.md') return section !== '1. Install';
  return page === 'docs/verify.md' && code.startsWith('trailmill sample');
}

/** Lines that are left out of a block, and why. */
export const LEFT_OUT: readonly [page: string, beginning: string, why: string][] = [
  [
    'docs/cli.md',
    'trailmill demo  ',
    '`demo --keep` takes the same steps, each demo half a minute of CPU; .ci/run has this one',
  ],
  ['docs/cli.md', 'trailmill demo --seed', 'the same; test/unit/sample has other seeds'],
];

/** Commands that change neither tables nor workflows: pages with only these may run concurrently. */
const READING = new Set(['--version', 'find', 'iam-policy', 'plan', 'query', 'sample', 'tables']);
export const onlyReads = (command: readonly string[]): boolean => command[0] !== 'trailmill' || READING.has(command[1]);

/** Values that only the sample or the running server has. */
export interface Known {
  account: string;
  /** A key of a log file, with its prefix, and the id of an event in it. */
  logFile: string;
  event: string;
  /** `HOST:PORT` of the server that `trailmill dev` has started. */
  address: string;
  /** Two free ports. */
  ports: readonly [number, number];
}

/** Values on the pages, and what replaces them for the sample. */
export const VALUES: readonly [onPage: string, here: string | ((known: Known) => string)][] = [
  [
    'AWSLogs/111122223333/CloudTrail/us-east-1/2023/07/10/111122223333_CloudTrail_us-east-1_20230710T1210Z_Xk3bQ1.json.gz',
    ({ logFile }) => logFile,
  ],
  ['6d2b9c1e-4a7f-4e0b-9d53-0c8f2a61b7de', ({ event }) => event],
  ['9f3d5a07-d8a0-4b25-ae42-fcacf61cd818', ({ event }) => event],
  ['--account 218007301253', ({ account }) => `--account ${account}`],
  ['--account 111122223333', ({ account }) => `--account ${account}`],
  ['--trail my-trail', '--trail acme-trail'],
  ['2023-07-10', '2024-02-28'],
  ['2023-07-11', '2024-02-29'],
  ['2023-07-12', '2024-03-01'],
  ['2023-07-01', '2024-02-28'],
  ['2023-07-31', '2024-03-01'],
  ['--from 2024-06-01 --to 2024-06-07', '--from 2024-02-28 --to 2024-03-01'],
  ['2023-01-01', '2024-02-01'],
  ['2023-12-31', '2024-03-31'],
  ['--from 2023-07 ', '--from 2024-02 '],
  ['find AKIAIOSFODNN7EXAMPLE', 'find AKIAVIHAKBSE35ZWTG43'],
  ['alice', 'deploy-bot'],
  ['198.51.100.7', '198.51.100.211'],
  ['arn:aws:s3:::my-bucket', 'arn:aws:s3:::acme-1962-us-east-1'],
  ['--address temporal:7233', ({ address }) => `--address ${address}`],
  ['TEMPORAL_ADDRESS=127.0.0.1:7233', ({ address }) => `TEMPORAL_ADDRESS=${address}`],
  ['0.0.0.0:9464', ({ ports }) => `127.0.0.1:${ports[0]}`],
  ['0.0.0.0:8080', ({ ports }) => `127.0.0.1:${ports[1]}`],
  // Otherwise 30,000 files; and a separate directory, because the page writes one sample or the other.
  ['--days 7 --accounts 5', '--days 1 --accounts 5'],
  ['./bucket --trail-changes', './changes --trail-changes'],
];

/** The backfill for the commands below, which never ends: nothing can be written to its warehouse. */
const HELD = 'trailmill backfill start --from 2023-07-10 --to 2023-07-12 --warehouse ../held';
const CANCEL = "trailmill backfill cancel 'backfill/aws_cloudtrail/2023-07-10..2023-07-12' --watch";

/** Lines that a block needs in addition: where, and for what the page assumes to exist. */
export const ADDED: readonly [page: string, side: 'before' | 'after', beginning: string, line: string][] = [
  // The files of the project, edited.
  ['README.md', 'before', 'trailmill check', 'cp -R ../settings/. .'],
  // Running backfills.
  ['docs/cli.md', 'before', 'trailmill backfill cancel', HELD],
  ['docs/cli.md', 'before', 'trailmill backfill pause', HELD],
  ['docs/cli.md', 'after', 'trailmill backfill resume', CANCEL],
  ['docs/ui.md', 'before', 'temporal workflow update', `${HELD}\nexport TEMPORAL_ADDRESS=127.0.0.1:7233`],
  ['docs/ui.md', 'after', 'temporal workflow update', CANCEL],
  // A worker with a version.
  [
    'docs/cli.md',
    'before',
    'trailmill deployment describe',
    'export TEMPORAL_DEPLOYMENT_NAME=trailmill\ntrailmill worker',
  ],
  // A new or empty directory, for the next page.
  ['docs/cli.md', 'after', 'trailmill verify --event', 'rm -r evidence'],
];

/** The code of a block with the lines that it needs, without those that are left out, and with the values of the sample. */
export function adapted({ page, code }: Block, known: Known): string {
  const lines = code.split('\n').flatMap((line) => {
    const added = (wanted: string): string[] =>
      ADDED.filter(([where, side, beginning]) => where === page && side === wanted && line.startsWith(beginning)).map(
        ([, , , one]) => one,
      );
    const leftOut = LEFT_OUT.some(([where, beginning]) => where === page && line.startsWith(beginning));
    return [...added('before'), ...(leftOut ? [] : [line]), ...added('after')];
  });
  return VALUES.reduce(
    (text, [onPage, here]) => text.replaceAll(onPage, () => (typeof here === 'string' ? here : here(known))),
    lines.join('\n'),
  );
}

/** Blocks in which `dev` or a worker keeps running. */
export const stays = ({ page, section }: Block): boolean => page === 'README.md' || section === 'deployment';

/** The directory of a block. */
export function placeOf({ page, section, code }: Block): string {
  if (page === 'README.md' || page === 'docs/deployment.md' || page === 'docs/start.md') return '.';
  if (code.startsWith('trailmill iam-policy')) return 'on-s3';
  if (section === 'demo') return 'demo';
  if (section === 'sample' || page === 'docs/sample.md') return `samples-of-${page.slice('docs/'.length)}`;
  // Both write next to what other blocks read.
  if (code.startsWith('find AWSLogs') || page === 'docs/configuration.md') return 'copy';
  return 'my-logs';
}
