/** Every block of code on the pages is tried by a test, or has a reason why it is not. */
import { type Block, codeBlocks, PAGES } from '../../support/docs';
import { sqlIn } from '../../support/docs-sql';

const BLOCKS = PAGES.flatMap(codeBlocks);

/** Which test tries the blocks of a language. */
const TRIED: Record<string, (block: Block) => boolean> = {
  // test/integration/docs/commands and first-steps run them; test/unit/docs/commands: the command line takes them.
  sh: () => true,
  // test/unit/docs/configuration
  yml: () => true,
  yaml: () => true,
  toml: () => true,
  // test/unit/docs/transform
  ts: ({ page, section }) => page === 'docs/configuration.md' && section === 'Transforms',
  // test/integration/docs/transform-types checks such a module
  js: ({ page, section }) => page === 'docs/configuration.md' && section === 'Transforms',
  // test/unit/docs/sql, and test/integration/docs/docs for tables.md and verify.md
  sql: ({ page, section, code }) =>
    sqlIn(page, `# ${section}\n\`\`\`sql\n${code}\`\`\`\n`).some(({ duckdb }) => duckdb),
  // test/integration/docs/docs
  python: ({ page, code }) =>
    page === 'docs/tables.md' || (page === 'docs/readers.md' && code.startsWith('from pyiceberg.table')),
  // below
  json: () => true,
};

/** Blocks that no test tries as they stand, by page and beginning, and why. */
const EXCEPTIONS: readonly [page: string, beginning: string, why: string][] = [
  ['docs/aws.md', 'SELECT event.action', 'Athena needs an AWS account'],
  ['docs/readers.md', 'SELECT event.action', 'npm run verify:spark asks Spark such questions'],
  ['docs/readers.md', 'SELECT count() FROM icebergLocal', 'test/integration/iceberg/more-readers reads tables so'],
  ['docs/readers.md', 'SELECT tupleElement', 'test/integration/iceberg/more-readers asks for members so'],
  ['docs/readers.md', 'from pyiceberg.catalog', 'test/integration/iceberg/rest-catalog reads through a real catalog'],
  ['docs/readers.md', 'import polars', 'test/integration/iceberg/more-readers reads tables so'],
  ['docs/upkeep.md', '-- Spark', 'npm run verify:spark calls these procedures'],
  ['docs/configuration.md', 'temporal.yaml  ', 'a list of files'],
  [
    'docs/exactly-once.md',
    '"trailmill.commit-id"',
    'properties of a snapshot, with remarks; test/unit/iceberg/metadata has them',
  ],
  [
    'docs/readers.md',
    'write.metadata',
    'properties of a table, with remarks; test/unit/iceberg/table-settings has them',
  ],
  ['docs/ui.md', 'TrailmillStatus', 'test/integration/workflows/search-attributes asks these questions'],
  ['docs/ui.md', '**11 failures', 'test/unit/docs/outputs'],
  ['docs/query.md', 'trailmill> ', 'test/unit/client/query-shell talks to the shell'],
  ['docs/query.md', '-- title:', 'test/unit/docs/queries reads its header'],
  ['docs/queries.md', '', 'test/unit/docs/queries makes the page, and runs each query for its output'],
  // Output.
  ['README.md', '3  Verified', 'test/unit/docs/outputs'],
  ['docs/sample.md', 'A sample of', 'test/unit/docs/outputs'],
  ['docs/start.md', '', 'test/integration/docs/first-steps compares all of its output'],
  ['docs/verify.md', '             valid', 'test/integration/docs/first-steps'],
  ['docs/chaos.md', 'seed 3: equal', 'the time differs with each run'],
  ['docs/operations.md', 'Stopping: the worker', 'test/integration/worker/worker-shutdown'],
  ['docs/deployment.md', 'trailmill 0.1.0', 'test/unit/client/version has the lines'],
  ['docs/cli.md', 'Tables\n  ✓', 'test/unit/docs/outputs'],
  ['docs/cli.md', 'Plan of', 'test/unit/docs/outputs'],
  ['docs/cli.md', 'Transforms', 'test/integration/client/check-transforms has the text'],
  ['docs/cli.md', '2 CloudTrail files', 'test/unit/plan/unread-files has the text'],
  ['docs/cli.md', 'trailmill: No CloudTrail', 'test/unit/client/selection has the message'],
  ['docs/cli.md', 'backfill/aws_cloudtrail', 'test/unit/client/render and retries have the text of status'],
  ['docs/cli.md', '  day         kind', 'test/unit/audit/report-words has the text of audit'],
  ['docs/cli.md', 'table                     rows', 'test/unit/client/query has the text of tables'],
];

const isException = ({ page, code }: Block): boolean =>
  EXCEPTIONS.some(([where, beginning]) => page === where && code.startsWith(beginning));

test('the pages have blocks', () => expect(BLOCKS.length).toBeGreaterThan(100));

test('every block is tried, or is an exception', () => {
  const unknown = BLOCKS.filter((block) => !TRIED[block.language]?.(block) && !isException(block));
  expect(unknown.map(({ page, language, code }) => `${page} (${language}): ${code.split('\n')[0]}`)).toEqual([]);
});

test('every exception is there', () => {
  const gone = EXCEPTIONS.filter(
    ([where, beginning]) => !BLOCKS.some(({ page, code }) => page === where && code.startsWith(beginning)),
  );
  expect(gone).toEqual([]);
});

test.each(BLOCKS.filter(({ language }) => language === 'json').map(({ page, code }) => [page, code] as const))(
  '%s shows whole JSON: %s',
  (_, code) => {
    expect(() => JSON.parse(code)).not.toThrow();
  },
);
