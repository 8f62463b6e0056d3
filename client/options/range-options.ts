/** Options shared by several commands: a range of delivery days, and overrides of the configured locations. */
import type { Command as Program } from 'commander';
import type { GlobalOptions } from '../session/context.js';
import { listOf, parseAccount, parseKind, parseRegion } from './arguments.js';
import { DAY_FORMS } from './days.js';

/** The options that {@link withRange} defines. */
export interface RangeOptions extends GlobalOptions {
  from: string;
  /** Absent: the end of the month or year of `from`, or today. */
  to?: string;
  account?: string[];
  region?: string[];
  kind?: string[];
  location?: string;
  keyPrefix?: string;
  warehouse?: string;
}

/** Adds the options that override the configured locations. */
export function withLocations(command: Program): Program {
  return command
    .option('--location <uri>', 'overrides ingest.location')
    .option('--key-prefix <prefix>', 'overrides ingest.key_prefix')
    .option('--warehouse <uri>', 'overrides warehouse');
}

/** Adds the options for a range of delivery days, the filters and the locations. `isOptional`: the command checks the days. */
export function withRange(command: Program, { isOptional = false } = {}): Program {
  const days = isOptional
    ? command.option('--from <day>', FROM).option('--to <day>', TO)
    : command.requiredOption('--from <day>', FROM).option('--to <day>', TO);
  return withPlaces(
    days.option('--kind <name>', 'only these kinds, such as CloudTrail or CloudTrail-Insight', listOf(parseKind)),
  );
}

/** Adds the same options without the kinds; the command checks whether the days are given. */
export function withOptionalRange(command: Program): Program {
  return withPlaces(command.option('--from <day>', FROM).option('--to <day>', TO));
}

const FROM = `first delivery day (UTC): ${DAY_FORMS}`;
const TO = 'last delivery day, inclusive; default: of a month or year in --from its end, else today';

function withPlaces(command: Program): Program {
  return command
    .option('--account <id>', 'only these accounts; can be repeated or comma-separated', listOf(parseAccount))
    .option('--region <name>', 'only these regions', listOf(parseRegion))
    .option(
      '--location <uri>',
      's3://bucket/prefix, a directory or a file:// URI: the parent of AWSLogs/, or of the key prefix before it',
    )
    .option('--key-prefix <prefix>', 'the part of the keys before AWSLogs/')
    .option('--warehouse <uri>', 'where the tables are stored');
}
