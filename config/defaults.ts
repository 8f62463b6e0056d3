/** What holds when nothing else is configured, from the tables of settings; and the names of the files of a project. */
import { normalize } from 'node:path';
import { LOG_SOURCE_TABLE } from './log-source-table.js';
import { ingestSettings, retrySettings, serverSettings, workerSettings } from './temporal-settings.js';

/** `database` is relative to the project. */
export const SERVER = serverSettings();

export const WORKER = workerSettings();

export const INGEST = ingestSettings();

export const RETRY = retrySettings();

/** The log source, and the directory of its tables in the project. */
export const SOURCE = {
  name: LOG_SOURCE_TABLE.members.name.default,
  warehouse: normalize(LOG_SOURCE_TABLE.members.warehouse.default),
};

/** Relative to the project. */
export const TEMPORAL_FILE = 'temporal.yaml';
export const LOG_SOURCES_DIRECTORY = 'log_sources';
export const LOG_SOURCE_FILE = 'log_source.yml';
