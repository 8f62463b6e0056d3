/** The kinds of messages, in the order in which `npm run messages` prints them, and how the kind of a text is recognized. */
import type { Place } from './places.js';

/** What each kind contains. Its name selects it: `npm run messages -- errors`. */
export const KINDS = {
  errors: 'what is thrown, and its cure: the terminal, the log, and failures in the Temporal UI',
  codes: 'tables of error classes and of codes of files, records and verification: docs/errors.md',
  help: '`--help`: descriptions of commands and options, notes and examples',
  output: 'what commands print',
  ui: 'details, summaries and answers of workflows in the Temporal UI',
  logs: 'log lines of workers',
  metrics: 'descriptions of metrics',
  settings: 'settings and the files that `init` writes: docs/configuration.md, temporal.yaml, docs/schema/',
  columns: 'tables and columns: their documentation, docs/tables.md',
  alerts: 'alerts and dashboards: deploy/',
  texts: 'everything else in the code that reads like a sentence: parts of the kinds above, advice, results',
  docs: 'texts of the generated pages that are in no table',
  dev: 'benchmarks, chaos runs and scripts, which only developers see',
} as const;

/** The kind of a message: a key of {@link KINDS}. */
export type Kind = keyof typeof KINDS;

/** Methods that take texts of the command line. Only in client/: elsewhere these names mean other things. */
const HELP_CALLS = new Set([
  'description',
  'option',
  'requiredOption',
  'argument',
  'addHelpText',
  'version',
  'helpCommand',
  'examples',
]);
const OUTPUT_CALLS = new Set(['say', 'note', 'labeled', 'rightAligned', 'renderTable']);
const LOG_METHODS = new Set(['trace', 'debug', 'info', 'warn', 'error', 'log']);

/** The kind of a text by what it is passed to; `undefined` if that says nothing. */
export function kindOfPlace({ file, call, constructed, property, variable }: Place): Kind | undefined {
  if (file.startsWith('dev/')) return undefined;
  if (constructed !== undefined) return 'errors';
  if (property === 'means' || (property === 'cure' && /^(errors|cloudtrail)\//.test(file))) return 'codes';
  if (file === 'worker/metrics.ts' && variable !== undefined && /^[A-Z]+$/.test(variable)) return 'metrics';
  if (call === undefined) return property === 'cure' ? 'errors' : undefined;
  if (/^(log|logger|this\.log|this\.logger|context\.log)\./.test(call.text) && LOG_METHODS.has(call.name))
    return property === undefined ? 'logs' : undefined;
  if (OUTPUT_CALLS.has(call.name)) return file.startsWith('workflows/') ? 'ui' : 'output';
  return file.startsWith('client/') && HELP_CALLS.has(call.name) ? 'help' : undefined;
}

/** The kind of a text that reads like a sentence, by the file that it is in. */
const KIND_OF_FILE: readonly [RegExp, Kind][] = [
  [/^dev\/scripts\/docs\//, 'docs'],
  [/^dev\//, 'dev'],
  [/^errors\//, 'codes'],
  [/^cloudtrail\/decoder\/(limits|reject-reasons)\.ts$/, 'codes'],
  [/^config\/(.*-table|template|examples|kinds|setting|json-schema|schema)\.ts$/, 'settings'],
  [/^cloudtrail\/(columns\/|tables\.ts|mapping-differences\.ts)/, 'columns'],
  [/^client\/(program\.ts|options\/|terminal\/help\.ts|.*commands?\.ts|.*-options\.ts)/, 'help'],
  [/^client\//, 'output'],
  [/^(workflows|protocol)\//, 'ui'],
  [/^worker\/metrics\.ts$/, 'metrics'],
];

/** The kind of a text by its file. */
export function kindOfFile(file: string): Kind {
  return KIND_OF_FILE.find(([pattern]) => pattern.test(file))?.[1] ?? 'texts';
}

/** Files with data: names of fields, events and keywords, values of a made-up bucket. Nobody reads them as sentences. */
const DATA =
  /^(cloudtrail\/(ecs-field-list\.ts|event-groups\/(?!group\.ts))|query\/keywords\.ts|sample\/(actions|events|other-kinds|principals)\.ts)/;

/** Whether a file has data instead of messages. */
export function isData(file: string): boolean {
  return DATA.test(file);
}
