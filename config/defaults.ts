/** Default settings, from the tables of settings, and the names of the files of a project. */
import { normalize } from 'node:path';
import { LOG_SOURCE_TABLE } from './log-source-table.js';
import { ingestSettings, retrySettings, workerSettings } from './temporal-settings.js';

/** Defaults of the section `worker`. */
export const WORKER = workerSettings();

/** Defaults of the section `ingest`. */
export const INGEST = ingestSettings();

/** Defaults of the section `retry`. */
export const RETRY = retrySettings();

/** Defaults of the log source: its name, and its warehouse directory relative to the project. */
export const DEFAULT_SOURCE = {
  name: LOG_SOURCE_TABLE.members.name.default,
  warehouse: normalize(LOG_SOURCE_TABLE.members.warehouse.default),
};

/** The file with the Temporal settings, relative to the project. */
export const TEMPORAL_FILE = 'temporal.yaml';
/** The directory of log sources, relative to the project. */
export const LOG_SOURCES_DIRECTORY = 'log_sources';
/** The file of a log source, in its own directory. */
export const LOG_SOURCE_FILE = 'log_source.yml';
