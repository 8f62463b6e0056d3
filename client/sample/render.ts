/** Renders the contents of a sample. */
import type { SampleManifest } from '../../sample/index.js';
import { bytes, count, counted } from '../../text/numbers.js';
import { renderTable } from '../terminal/table.js';

/** One line: accounts, regions, days, files and size. */
export function summarizeSample({ accounts, regions, options, total }: SampleManifest): string {
  const places = `${counted(accounts.length, 'account')} × ${counted(regions.length, 'region')}`;
  return `${places} × ${counted(options.days, 'day')}: ${counted(total.objects, 'file')}, ${bytes(total.bytes)}`;
}

/** The kinds, and how to ingest all of it. */
export function renderSample(out: string, manifest: SampleManifest): string {
  const rows = Object.entries(manifest.kinds).map(([kind, { objects, records, bytes: size }]) => [
    kind,
    count(objects),
    count(records),
    bytes(size),
  ]);
  const table = renderTable(
    [
      { name: 'kind' },
      { name: 'files', align: 'right' },
      { name: 'records', align: 'right' },
      { name: 'size', align: 'right' },
    ],
    rows,
    2,
  );
  const { from, to } = manifest.delivery;
  return [
    `A sample of ${summarizeSample(manifest)}`,
    '',
    table,
    '',
    `Its contents are counted in ${out}/sample.json; the keys of its digest files are in ${out}/sample-keys/.`,
    `To ingest it: trailmill backfill start --location ${out} --from ${from} --to ${to} --watch`,
  ].join('\n');
}
