/** `enrich` of log_source.yml: databases that must exist before a run is started. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { UNSUITABLE_DATABASE_TYPES } from '../cloudtrail/enrichment.js';
import type { EnrichConfig } from '../cloudtrail/table-config.js';
import { outsideReason } from './allowed.js';
import { unreadableReason } from './transform-file.js';
import { textInFile, type YamlFile } from './yaml-file.js';

/** Marks the beginning of the metadata, which is in the last 128 KiB of the file. https://maxmind.github.io/MaxMind-DB/ */
const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const METADATA_BYTES = 128 * 1024;

/**
 * Reads `enrich`: absolute paths; `undefined` if there are none. Paths in the file are relative to the project; mistakes are
 * reported to the file. `allowed`: the directories and files that may be used.
 */
export function readEnrich(
  file: YamlFile<unknown>,
  projectDir: string,
  allowed: readonly string[],
): EnrichConfig | undefined {
  const geoip: EnrichConfig['geoip'] = {};
  for (const database of ['city', 'asn'] as const) {
    const value = textInFile(file, ['enrich', 'geoip', database]);
    if (value === undefined || value.trim() === '') continue;
    const path = resolve(projectDir, value);
    const mistake = outsideReason(path, allowed) ?? mmdbMistake(path, UNSUITABLE_DATABASE_TYPES[database]);
    if (mistake === undefined) geoip[database] = path;
    else file.report(['enrich', 'geoip', database], `enrich.geoip.${database}: ${mistake}`);
  }
  return Object.keys(geoip).length === 0 ? undefined : { geoip };
}

/** The key and its text, preceded by one or two bytes of length ("Data Field Format"): enough to find the type. */
const DATABASE_TYPE = /database_type[\s\S]{1,2}?([A-Za-z][\w .-]*)/;

function mmdbMistake(path: string, unsuitable: RegExp): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const stat = fstatSync(file);
    if (stat.isDirectory()) return `${path} is a directory. Specify the .mmdb file in it.`;
    const tail = Buffer.alloc(Math.min(stat.size, METADATA_BYTES));
    readSync(file, tail, 0, tail.length, stat.size - tail.length);
    const metadata = tail.lastIndexOf(MARKER);
    if (metadata >= 0) {
      const type = DATABASE_TYPE.exec(tail.subarray(metadata).toString('latin1'))?.[1] ?? '';
      return unsuitable.test(type)
        ? `${path} is a ${type} database. Set it under the other key of enrich.geoip.`
        : undefined;
    }
    return `${path} is not an MMDB file. If it is an archive, unpack it and specify the .mmdb file in it.`;
  } catch (error) {
    return unreadableReason(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
