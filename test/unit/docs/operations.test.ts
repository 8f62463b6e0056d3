/** Metrics, their page, the dashboard and the alerts say the same. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram } from '../../../client/program';
import { COUNTERS, GAUGES } from '../../../worker/metrics';
import { alerts, dashboard, metricsOf, type Panel, queries, RULES_TEST } from '../../support/grafana';

const PAGE = readFileSync(join(__dirname, '../../../docs/operations.md'), 'utf8');
const rowsOf = (pattern: RegExp): string[] => [...PAGE.matchAll(pattern)].map(([, first]) => first);

/** As Prometheus sees them. */
const OURS = [...Object.keys(COUNTERS).map((name) => `${name}_total`), ...Object.keys(GAUGES)].sort();
const ours = (names: readonly string[]): string[] =>
  [...new Set(names)].filter((name) => name.startsWith('trailmill_')).sort();

it('every Trailmill metric is on the page, and no other', () => {
  expect(rowsOf(/^\| `(trailmill_\w+)` \|/gm).sort()).toEqual(OURS);
});

it('every Trailmill metric is on the dashboard, and no other', () => {
  expect(ours(queries(dashboard()).flatMap(metricsOf))).toEqual(OURS);
});

it('every alert is on the page, and uses existing Trailmill metrics', () => {
  expect(rowsOf(/^\| `(Trailmill\w+)` \|/gm)).toEqual(alerts().map(({ alert }) => alert));
  const asked = ours(alerts().flatMap(({ expr }) => metricsOf(expr)));
  expect(asked.length).toBeGreaterThan(2);
  expect(OURS).toEqual(expect.arrayContaining(asked));
});

it('every option of the telemetry is on the page with its variable', () => {
  const sink = { write: () => {} };
  const io = { stdout: sink, stderr: sink, env: {} };
  const environment = { io, output: {}, onHelpPage: () => {}, onExitCode: () => {} };
  const program = createProgram(environment as unknown as Parameters<typeof createProgram>[0]);
  for (const name of ['worker', 'dev']) {
    const options = program.commands.find((command) => command.name() === name)?.options ?? [];
    expect(options.map(({ long }) => long)).toEqual(['--log', '--log-level', '--metrics', '--health']);
    for (const { long, description } of options) {
      const variable = /TRAILMILL_\w+/.exec(description)?.[0];
      expect(PAGE).toMatch(new RegExp(`^\\| \`${long}\\b.*\` \\| \`${variable}\` \\|`, 'm'));
    }
  }
});

describe('the dashboard', () => {
  const { panels, templating, ...rest } = dashboard();
  const withQueries = panels.filter(({ type }) => type !== 'row');

  it('can be imported: it has an id and asks for its data source', () => {
    expect(rest).toMatchObject({ uid: 'trailmill', title: 'Trailmill', time: { from: 'now-6h', to: 'now' } });
    // The schema of Grafana 10; later ones migrate it.
    expect(rest.schemaVersion).toBe(39);
    expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
  });

  it('has panels that each have a query on the chosen data source', () => {
    expect(withQueries.length).toBeGreaterThan(15);
    const chosen = { type: 'prometheus', uid: `\${${templating.list[0].name}}` };
    for (const { title, datasource, targets = [] } of withQueries) {
      expect([title, datasource]).toEqual([title, chosen]);
      expect(targets.length).toBeGreaterThan(0);
      for (const target of targets) expect(target.datasource).toEqual(chosen);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });

  it('has variables that its queries use', () => {
    const asked = queries(dashboard()).join('\n');
    for (const { name } of templating.list.slice(1)) expect(asked).toContain(`$${name}`);
    const known = new Set([...templating.list.map(({ name }) => name), '__range', '__rate_interval']);
    expect([...asked.matchAll(/\$(\w+)/g)].map(([, name]) => name).filter((name) => !known.has(name))).toEqual([]);
  });

  it('has no overlapping panels, and none beyond the edge', () => {
    const overlap = (a: Panel['gridPos'], b: Panel['gridPos']): boolean =>
      a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
    for (const [index, { gridPos, title }] of panels.entries()) {
      expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
      const over = panels.slice(index + 1).filter((other) => overlap(gridPos, other.gridPos));
      expect([title, over.map((other) => other.title)]).toEqual([title, []]);
    }
  });
});

it('other text is distinguished from a query', () => {
  expect(metricsOf('sum(rate(a_total{b=~"$c"}[5m])) / d')).toEqual(['a_total', 'd']);
  expect(() => metricsOf('sum(rate(a_total[5m])')).toThrow('Not PromQL');
});

const promtool = process.env.TRAILMILL_PROMTOOL ?? 'promtool';
const there = spawnSync(promtool, ['--version']).status === 0;
(there ? it : it.skip)(`the alerts come when they should${there ? '' : ' (no promtool)'}`, () => {
  const { status, stdout, stderr } = spawnSync(promtool, ['test', 'rules', RULES_TEST], { encoding: 'utf8' });
  expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
});
