/** Renders what `check` found out about transforms, for a terminal of 80 columns. */
import type { TrialChange, TrialRecord, TrialResult } from '../../ingest/transforms/trial.js';
import { counted } from '../../text/numbers.js';
import { allPrintable } from '../../text/printable.js';
import { wrapped } from '../terminal/wrap.js';
import type { TransformReport } from './transforms.js';

const WIDTH = 80;
const PAUSES = 'A run with this share of rejects pauses: see ingest.max_reject_rate of temporal.yaml.';

/** All transforms; empty if there are none. */
export function renderTransforms(given: readonly TransformReport[]): string {
  if (given.length === 0) return '';
  const lines = ['', 'Transforms'];
  for (const { table, transform, mistakes, warnings, sample, wouldPause, noSample } of allPrintable(given)) {
    lines.push(...indented(`${table}: ${transform}`, 4, `  ${mistakes.length > 0 || wouldPause ? '✗' : '✓'} `));
    for (const { message, cure } of mistakes) lines.push(...indented(message, 6), ...indented(cure, 8));
    if (sample !== null) lines.push(...sampleLines(sample));
    if (wouldPause) lines.push(...indented(PAUSES, 6));
    if (noSample === 'off') lines.push('      it was not run over records: --sample 0');
    else if (noSample !== null) lines.push(...indented(`it was not run over records: ${noSample}`, 6));
    for (const warning of warnings) lines.push(...indented(`! ${warning}`, 6));
  }
  return lines.join('\n');
}

function sampleLines({ files, rows, kept, changed, dropped, rejected, microseconds, ...more }: TrialResult): string[] {
  if (rows === 0) return [`      ${counted(files, 'file')} of the bucket had no records to try it on`];
  const time = Math.max(1, Math.round(microseconds / rows));
  const lines = [
    `      ${counted(rows, 'row')} of ${counted(files, 'file')}, ${counted(time, 'microsecond')} per row`,
    `      ${kept} kept (${changed} changed), ${dropped} dropped, ${rejected} rejected`,
  ];
  for (const { message, at, ...record } of more.rejects) {
    lines.push(...indented(`rejected${at === undefined ? '' : ` at ${at.file}:${at.line}`}: ${message}`, 6));
    lines.push(...recordLines(record));
  }
  for (const change of more.changes) lines.push(...changeLines(change));
  return lines;
}

function changeLines({ columns, ...record }: TrialChange): string[] {
  const lines = ['      changed:', ...recordLines(record)];
  for (const { name, before, after } of columns)
    lines.push(
      ...indented(name, 8),
      `          - ${fitted(before, WIDTH - 12)}`,
      `          + ${fitted(after, WIDTH - 12)}`,
    );
  return lines;
}

/** The file by its name, which tells account, region and time; the JSON has its address. */
function recordLines({ uri, record }: TrialRecord): string[] {
  return [`        record ${record} of`, `        ${fitted(uri.slice(uri.lastIndexOf('/') + 1), WIDTH - 8)}`];
}

function fitted(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Lines of at most 80 columns, broken between words where that is possible. */
function indented(text: string, indent: number, start = ' '.repeat(indent)): string[] {
  return wrapped(text, WIDTH - indent).map((line, at) => `${at === 0 ? start : ' '.repeat(indent)}${line}`);
}
