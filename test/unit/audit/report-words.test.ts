/** An audit in words: on the terminal, in the UI's details, and as an id. */
import { type AuditReport, emptyKept, type Group, joinDays, keep } from '../../../audit/report';
import { withUnread } from '../../../audit/stored-report';
import { renderAudit } from '../../../client/audit/render';
import { type AuditStatus, type Difference, NO_COUNTS } from '../../../protocol/audit-messages';
import { auditId, backfillId } from '../../../protocol/ids';
import { auditDetails } from '../../../workflows/ui/audit-details';

const about = {
  source: 's',
  location: 'file:///b',
  warehouse: 'file:///w',
  from: '2024-03-05',
  to: '2024-03-06',
  filter: {},
};
const group = (more: Partial<Group>): Group => ({
  ...NO_COUNTS,
  day: '2024-03-05',
  account: '111122223333',
  region: 'us-east-1',
  kind: 'CloudTrail',
  ...more,
});
const difference = (subject: string): Difference => ({
  what: 'rows_differ',
  day: '2024-03-05',
  subject,
  table: 'aws_cloudtrail',
  ledger: 1204,
  found: 1203,
  cure: 'Roll it back.',
});

function report(differences: Difference[], groups: Group[], more: Partial<AuditReport> = {}): AuditReport {
  const kept = emptyKept<Difference>();
  for (const one of differences) keep(kept, one);
  const none = { count: 0, first: [] };
  const day = { day: '2024-03-05', groups, differences: kept, quarantined: none, replaced: none };
  return { ...joinDays(about, [day]), ...more };
}

describe('the report of an audit', () => {
  it('adds up accounts and regions to a line for each day and kind, and marks equal counts', () => {
    const same = { listed: 2, ingested: 2, records: 1000, rows: 1000 };
    const text = renderAudit(
      report(
        [],
        [
          group(same),
          group({ ...same, region: 'eu-west-1' }),
          group({ kind: 'CloudTrail-Digest', listed: 1, ingested: 1, records: 1, rows: 0 }),
          // Deleted before it was read: in the ledger, and correctly not in the bucket.
          group({ kind: 'CloudTrail-Insight', quarantined: 1, gone: 1 }),
        ],
      ),
    );
    const lines = text.split('\n').map((line) => line.trim().replace(/ +/g, ' '));
    expect(lines).toContain('2024-03-05 CloudTrail 4 4 2,000 2,000 0 0 0 0 ✓');
    expect(lines).toContain('2024-03-05 CloudTrail-Digest 1 1 1 0 0 0 0 0 ≠');
    expect(lines).toContain('2024-03-05 CloudTrail-Insight 0 1 0 0 0 0 0 0 ✓');
    expect(lines).toContain('all 5 6 2,001 2,000 0 0 0 0 ≠');
    expect(lines.at(-1)).toBe('audit: clean');
  });

  it('names what differs on both sides, with the cure once, and counts the rest', () => {
    const many = Array.from({ length: 1500 }, (_, i) => difference(`file:///b/key-${i}`));
    const text = renderAudit(report(many, [group({})]));
    expect(text).toContain(
      '  2024-03-05  file:///b/key-0\n    ledger: 1204, found in aws_cloudtrail: 1203\n  2024-03-05  file:///b/key-1\n',
    );
    expect(text.match(/Roll it back\./g)).toHaveLength(1);
    expect(text).toContain('… and 1,450 more differences: see --json');
    expect(text).toMatch(/audit: 1,500 differences$/);
    expect(report(many, []).differences.first).toHaveLength(1000);
  });

  it('notes quarantined and replaced objects, which are not differences', () => {
    const noted = { day: '2024-03-05', key: 'a/b.gz', etag: 'e', reason: 'quarantined: too_large: 2 GB' };
    const text = renderAudit(report([], [], { quarantined: { count: 30, first: Array(30).fill(noted) } }));
    expect(text).toContain(
      '30 quarantined objects: accounted for, but not in the tables\n  a/b.gz\n    quarantined: too_large',
    );
    expect(text).toContain('  … and 10 more');
    expect(text).toContain('Neither the bucket nor the ledger has files for these days.');
    expect(text).toMatch(/audit: clean$/);
  });
});

test('the details of an audit show its progress, both sides, and the differences', () => {
  const status: AuditStatus = {
    ...about,
    startedAt: 0,
    days: { total: 2, done: 1 },
    totals: { ...NO_COUNTS, listed: 3, ingested: 2, skipped: 1, records: 1204, rows: 1203 },
    differences: { count: 900, first: Array.from({ length: 100 }, () => difference('AWSLogs/__x__/<b>')) },
  };
  const details = auditDetails(status);
  expect(details).toContain('Days: 1 of 2 ██████████░░░░░░░░░░ 50 %');
  expect(details).toContain('**900 differences so far**');
  expect(details).toContain('| objects | 3 | 3 | |\n| records | | 1,204 | 1,203 |\n| rejects | | 0 | 0 |');
  expect(details).toContain(
    '- 2024-03-05 rows\\_differ: AWSLogs/\\_\\_x\\_\\_/\\<b\\> \\(ledger: 1204, found: 1203\\)',
  );
  expect(details).toContain('- … and 880 more');
  expect(details.length).toBeLessThan(20_000);
  const clean = { ...status, days: { total: 2, done: 2 }, differences: { count: 0, first: [] } };
  expect(auditDetails(clean)).toContain('No differences in total');
});

test('the id of an audit has the form of that of a backfill', () => {
  const filter = { kinds: ['CloudTrail'], regions: ['eu-west-1'] };
  expect(auditId('s', '2024-03-05', '2024-03-06', filter)).toBe('audit/s/2024-03-05..2024-03-06/CloudTrail,eu-west-1');
  expect(backfillId('s', '2024-03-05', '2024-03-06')).toBe('backfill/s/2024-03-05..2024-03-06');
});

describe('files that are not read', () => {
  const unread = { files: 3, atLeast: false, first: [{ key: 'AWSLogs/x_CloudTrail_y', moveTo: 'AWSLogs/z/' }] };
  const none = { files: 0, atLeast: false, first: [] };

  it('make an audit not clean, and are named with their location; those of other days are a note', () => {
    const text = renderAudit(joinDays(about, [], { inRange: unread, elsewhere: { ...unread, files: 1 } }));
    expect(text).toContain(
      'On other days: 1 CloudTrail file is not read, because it is not where CloudTrail delivers files:\n  AWSLogs/x_CloudTrail_y (belongs in AWSLogs/z/)\n',
    );
    expect(text).toContain('  AWSLogs/x_CloudTrail_y (belongs in AWSLogs/z/)\n  … and 2 more\n  Move each into');
    expect(text).toMatch(/\naudit: 3 CloudTrail files not read$/);
    const elsewhere = joinDays(about, [], { inRange: none, elsewhere: unread });
    expect(renderAudit(elsewhere)).toMatch(/\naudit: clean$/);
  });

  it('are added to the report of a worker of an older version', () => {
    const { unread: _, unreadElsewhere: __, ignored: ___, ...older } = joinDays(about, []);
    const report = withUnread(older as AuditReport, { inRange: unread, elsewhere: none });
    expect(report).toMatchObject({ clean: false, unread: { files: 3 }, ignored: [] });
    expect(withUnread(report, { inRange: none, elsewhere: none })).toBe(report);
  });

  it('are in the UI, with what to do', () => {
    const days = { total: 1, done: 1 };
    const status = { from: '2024-03-05', to: '2024-03-05', startedAt: 0, days, totals: NO_COUNTS };
    const details = auditDetails({ ...status, differences: { count: 0, first: [] }, unread });
    expect(details).toContain('**3 CloudTrail files are not read');
    expect(details).toContain('- AWSLogs/x\\_CloudTrail\\_y');
    expect(details).toContain('**Next:** move the unread files');
  });
});
