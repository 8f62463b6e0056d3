/**
 * Derived columns: small functions of a few input values. Inputs are named and bound to the column buffers once per row
 * set; a function then runs once per row and writes at most one value.
 */
import type { BooleanColumn, LongColumn } from '../columnar/columns.js';
import type { StringColumn } from '../columnar/string-column.js';
import { Text } from '../columnar/words.js';
import { appendList, appendText, type Computed, copyText, isText } from './derived/derivation.js';
import { hasValue } from './derived/known-value.js';

export { cloudAccountId } from './derived/account.js';
export { sourceIp } from './derived/address.js';
export { eventCategory, eventType } from './derived/event-class.js';
export { sourceAsNumber, sourceAsOrganization, sourceGeo, sourceGeoLocation } from './derived/geo.js';
export { groupId, groupName } from './derived/group.js';
export { clientHostName } from './derived/host.js';
export { errorMessage, eventOutcome } from './derived/outcome.js';
export { sessionName, userEmail, userId, userName } from './derived/principal.js';
export { relatedHash, relatedHosts, relatedIp, relatedUser } from './derived/related.js';
export { cloudServiceName } from './derived/service.js';
export { tlsProtocol, tlsVersion } from './derived/tls.js';
export {
  userAgentDevice,
  userAgentName,
  userAgentOsFull,
  userAgentOsName,
  userAgentOsVersion,
  userAgentVersion,
} from './derived/user-agent.js';

const CONSOLE_LOGIN = new Text('ConsoleLogin');

/** The same text in every row. */
export function constant(value: string): Computed {
  const text = new Text(value);
  return { inputs: [], run: (_inputs, out, row) => appendText(out, text, row) };
}

/** The same list in every row. */
export function constantList(...values: string[]): Computed {
  const texts = values.map((value) => new Text(value));
  return { inputs: [], run: (_inputs, out, row) => appendList(out, texts, row) };
}

/** A copy of the first of these text columns that has a value (see known-value.ts). */
export function firstOf(...inputs: string[]): Computed {
  return {
    inputs,
    run(columns, out, row) {
      for (const column of columns) if (hasValue(column, row)) return copyText(column, out, row);
    },
  };
}

/** A copy of a time column. */
export function copyTime(input: string): Computed {
  return {
    inputs: [input],
    run(columns, out, row) {
      if (columns[0].has(row)) (out as LongColumn).copy(columns[0] as LongColumn, row, row);
    },
  };
}

/** Calls `write` if the event is a ConsoleLogin and there is a value at `path`. */
function ofConsoleLogin(path: string, write: Computed['run']): Computed {
  return {
    inputs: [path, 'event.action'],
    run(inputs, out, row) {
      if (isText(inputs[1], row, CONSOLE_LOGIN) && hasValue(inputs[0], row)) write(inputs, out, row);
    },
  };
}

/** ConsoleLogin: whether `additionalEventData.MobileVersion` is yes or true, in any case. */
export const consoleMobileVersion = ofConsoleLogin('additionalEventData.MobileVersion', ([value], out, row) => {
  const text = (value as StringColumn).text(row).toLowerCase();
  (out as BooleanColumn).append(text === 'yes' || text === 'true', row);
});

/** ConsoleLogin: whether `additionalEventData.MFAUsed` is other than `No`. */
export const consoleMfaUsed = ofConsoleLogin('additionalEventData.MFAUsed', ([value], out, row) =>
  (out as BooleanColumn).append((value as StringColumn).text(row) !== 'No', row),
);

/** ConsoleLogin: `additionalEventData.LoginTo`. */
export const consoleLoginTo = ofConsoleLogin('additionalEventData.LoginTo', ([value], out, row) =>
  copyText(value, out, row),
);
