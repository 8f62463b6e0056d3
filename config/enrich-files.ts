/** `enrich` of log_source.yml: databases that must be there before a run is started. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { UNSUITABLE_DATABASE_TYPES } from '../cloudtrail/enrichment.js';
import type { EnrichConfig } from '../cloudtrail/table-config.js';
import { outsideReason } from './allowed.js';
import { unreadableReason } from './transform-file.js';
import { textInFile, type YamlFile } from './yaml-file.js';

/** Begins the metadata, at most this far from the end. https://maxmind.github.io/MaxMind-DB/ */
const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const METADATA_BYTES = 128 * 1024;

/** Absolute paths; paths in the file begin at the project. `allowed`: where they may lie. */
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
    const wrong = outsideReason(path, allowed) ?? mmdbMistake(path, UNSUITABLE_DATABASE_TYPES[database]);
    if (wrong === undefined) geoip[database] = path;
    else file.blame(['enrich', 'geoip', database], `enrich.geoip.${database}: ${wrong}`);
  }
  return Object.keys(geoip).length === 0 ? undefined : { geoip };
}

/** The key and its text, which one or two bytes tell the length of ("Data Field Format"); enough for a look at the type. */
const DATABASE_TYPE = /database_type[\s\S]{1,2}?([A-Za-z][\w .-]*)/;

function mmdbMistake(path: string, misplaced: RegExp): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const stat = fstatSync(file);
    if (stat.isDirectory()) return `${path} is a directory. Give the .mmdb file in it.`;
    const tail = Buffer.alloc(Math.min(stat.size, METADATA_BYTES));
    readSync(file, tail, 0, tail.length, stat.size - tail.length);
    const metadata = tail.lastIndexOf(MARKER);
    if (metadata >= 0) {
      const type = DATABASE_TYPE.exec(tail.subarray(metadata).toString('latin1'))?.[1] ?? '';
      return misplaced.test(type)
        ? `${path} is a ${type} database. Name it under the other key of enrich.geoip.`
        : undefined;
    }
    return `${path} is no MMDB file. Unpack the archive, and give the file in it that ends with .mmdb.`;
  } catch (error) {
    return unreadableReason(path, error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
