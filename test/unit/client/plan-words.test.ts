/** A plan in words, and what folders look like that are not CloudTrail's. */

import { renderPlan } from '../../../client/plan/render';
import { type AboutPlan, type PlanReport, planReport } from '../../../client/plan/report';
import { Sums } from '../../../client/plan/sums';
import { defaultTables } from '../../../cloudtrail/tables';
import { trailsOf } from '../../../cloudtrail/trails';
import { describeFolder, type UnknownFolder, unknownNames } from '../../../cloudtrail/unknown-folders';
import { NOTHING_UNREAD } from '../../../plan/unread-tally';
import { INGEST } from '../../support/runs';
import { accountAt } from '../../support/synthetic-bucket';

const place = (account: string, organization = '', kind = 'CloudTrail') => ({
  prefix: `AWSLogs/${organization === '' ? '' : `${organization}/`}${account}/${kind}/us-east-1/`,
  account,
  region: 'us-east-1',
  kind,
});
const ORGANIZATION = 'o-exampleorg1';

function report(more: Partial<AboutPlan> = {}, accounts = 3, unknown: UnknownFolder[] = []): PlanReport {
  const range = { from: '2023-07-10', to: '2023-07-14' };
  const sums = new Sums(range, defaultTables('aws_cloudtrail'));
  const sources = Array.from({ length: accounts }, (_, index) => place(accountAt(index), ORGANIZATION));
  sources.push(place(accountAt(0)), place(accountAt(1), '', 'CloudTrail-Digest'));
  for (const [index, { account, kind }] of sources.entries()) {
    for (const day of sums.days.slice(1, 3)) {
      day.listings++;
      for (let file = 0; file < 10 * (index + 1); file++) sums.add(sums.group(account, kind), day, 25_000, file < 4);
    }
  }
  const about: AboutPlan = {
    source: 'aws_cloudtrail',
    location: 's3://acme-logs?region=eu-west-1',
    warehouse: 's3://acme-lake/trailmill',
    ...range,
    filter: {},
    ledger: 'subtracted',
    ledgerError: null,
    ingest: INGEST,
    region: undefined,
    ...more,
  };
  return planReport(about, { sources, unknown, listings: 12, unread: NOTHING_UNREAD }, sums);
}

describe('a plan in words', () => {
  it('says what is there, what is left, what it costs and what has to be known', () => {
    const unknown: UnknownFolder[] = [
      { folder: `AWSLogs/${accountAt(0)}/Config/`, instead: 'kind' },
      { folder: `AWSLogs/${accountAt(1)}/Config/`, instead: 'kind' },
      { folder: `AWSLogs/${accountAt(1)}/Cloudtrail/`, instead: 'kind' },
      { folder: 'AWSLogs/12345678901/', instead: 'account' },
      { folder: `AWSLogs/${accountAt(0)}/CloudTrail/old/`, instead: 'region' },
      { folder: `AWSLogs/${accountAt(1)}/CloudTrail/old/`, instead: 'region' },
    ];
    expect(renderPlan(report({}, 3, unknown))).toMatchSnapshot();
  });

  it('names no price for a copy on disk, and does not speak of a ledger that is left out', () => {
    const text = renderPlan(
      report({ location: 'file:///srv/logs', warehouse: 'file:///srv/lake', ledger: 'left out' }),
    );
    expect(text).toMatchSnapshot();
    expect(text).not.toMatch(/\$|done|transfer/);
  });

  it('shows the largest accounts, and adds up the rest', () => {
    const text = renderPlan(report({}, 457));
    expect(text).toMatch(/… and 437 more accounts/);
    const lines = text.split('\n');
    const shown = lines
      .filter((line) => /^ {2}1000000/.test(line))
      .map((line) => line.trim().split(/ +/)[0])
      .sort();
    // The first has two trails and the second two kinds, and with them the most bytes.
    const others = Array.from({ length: 18 }, (_, index) => accountAt(456 - index));
    expect(shown).toEqual([accountAt(0), accountAt(1), accountAt(1), ...others].sort());
  });

  it('says so where the ledger cannot be read', () => {
    const text = renderPlan(report({ ledger: 'unreadable', ledgerError: 'The warehouse does not answer.' }));
    expect(text).toMatch(/the ledger cannot be read, so all files are counted\n +The warehouse does not answer\./);
  });

  it('says so where nothing was delivered', () => {
    const range = { from: '2023-07-10', to: '2023-07-10' };
    const empty = { ...report(), groups: [], daysWithoutFiles: { count: 1, ranges: [range] } };
    expect(renderPlan(empty)).toMatch(/Nothing was delivered on these days\.[\s\S]*1 day without files: 2023-07-10/);
  });
});

describe('a folder that is not CloudTrail’s', () => {
  const look = (folder: string, instead: UnknownFolder['instead'] = 'kind') =>
    describeFolder({ folder: `AWSLogs/${folder}/`, instead });

  it.each(['Config', 'elasticloadbalancing', 'vpcflowlogs', 'WAFLogs'])('%s is no surprise', (name) => {
    expect(look(`123456789012/${name}`).expected).toBe(true);
  });

  it.each([
    ['Cloudtrail', /misspelled: CloudTrail\?/],
    ['CloudTrial-Digest', /misspelled: CloudTrail-Digest\?/],
    ['CloudTrail-Lake', /a CloudTrail kind that this version does not support/],
    ['backup', /^unknown$/],
  ])('%s is a surprise', (name, words) => {
    expect(look(`123456789012/${name}`)).toMatchObject({ expected: false, looksLike: expect.stringMatching(words) });
  });

  it('in the place of an account is told by its digits', () => {
    expect(look('12345678901', 'account').looksLike).toBe('an account id has 12 digits, this one has 11');
    expect(look('o-short', 'account').looksLike).toMatch(/organization/);
    expect(look('aws-account-id=123456789012', 'account').expected).toBe(true);
  });

  it('is counted with the others of its name, surprises first', () => {
    const names = unknownNames([
      { folder: 'AWSLogs/1/Config/', instead: 'kind' },
      { folder: 'AWSLogs/1/backup/', instead: 'kind' },
      { folder: 'AWSLogs/2/Config/', instead: 'kind' },
    ]);
    expect(names.map(({ name, folders, example }) => [name, folders, example])).toEqual([
      ['backup', 1, 'AWSLogs/1/backup/'],
      ['Config', 2, 'AWSLogs/1/Config/'],
    ]);
  });
});

it('tells accounts of an organization’s trail, of an older one, and of both', () => {
  const sources = [place('1', ORGANIZATION), place('2', ORGANIZATION), place('2'), place('3')];
  expect(trailsOf(sources)).toEqual({
    organizations: [{ id: ORGANIZATION, accounts: 2 }],
    accountsOutside: 2,
    accountsInBoth: ['2'],
  });
});
