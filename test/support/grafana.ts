/** The dashboard and the alerts in deploy/, and the metrics that their queries use. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

const DEPLOY = join(__dirname, '../../deploy');
export const RULES_TEST = join(DEPLOY, 'prometheus', 'trailmill.test.yml');

export interface Panel {
  id: number;
  type: string;
  title: string;
  datasource?: { type: string; uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string; expr: string; datasource: { type: string; uid: string } }[];
}

export interface Variable {
  name: string;
  type: string;
  query: string | { query: string };
}

export interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  panels: Panel[];
  templating: { list: Variable[] };
  time: { from: string; to: string };
}

export function dashboard(): Dashboard {
  return JSON.parse(readFileSync(join(DEPLOY, 'grafana', 'trailmill.json'), 'utf8'));
}

export interface Alert {
  alert: string;
  expr: string;
}

export function alerts(): Alert[] {
  const file = parse(readFileSync(join(DEPLOY, 'prometheus', 'trailmill.rules.yml'), 'utf8')) as {
    groups: { rules: Alert[] }[];
  };
  return file.groups.flatMap(({ rules }) => rules);
}

/** All queries of the dashboard, of its panels and of its variables. */
export function queries({ panels, templating }: Dashboard): string[] {
  const ofPanels = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
  const ofVariables = templating.list.flatMap(({ query }) => {
    const metric = typeof query === 'string' ? undefined : /^label_values\((\w+), \w+\)$/.exec(query.query)?.[1];
    return metric === undefined ? [] : [metric];
  });
  return [...ofPanels, ...ofVariables];
}

/** The metrics that a query uses, by Prometheus' own grammar. Throws if the query does not match the grammar. */
export function metricsOf(query: string): string[] {
  // As Grafana does before it sends the query.
  const asked = query.replaceAll(/\$__(range|rate_interval)/g, '5m').replaceAll(/\$\w+/g, '.*');
  const metrics: string[] = [];
  parser.parse(asked).iterate({
    enter({ type, from, to }) {
      if (type.isError) throw new Error(`Not PromQL at ${from}: ${asked}`);
      if (type.name === 'VectorSelector') metrics.push(/^\w+/.exec(asked.slice(from, to))?.[0] ?? '');
    },
  });
  return metrics;
}
