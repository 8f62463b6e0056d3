/** group.*: the group of users that an event is about. */
import type { AnyColumn } from '../../columnar/nested.js';
import { sourceOf } from '../event-categories.js';
import { USER_GROUP_SERVICES } from '../event-groups/identity.js';
import { type Computed, copyText, hasBytes, startsWith } from './derivation.js';
import { hasValue } from './known-value.js';

const SOURCES = USER_GROUP_SERVICES.map(sourceOf);

/** Does a group in a record of this service mean a group of users? A record without eventSource is taken at its word. */
function hasUserGroups(provider: AnyColumn, row: number): boolean {
  if (!hasBytes(provider, row)) return true;
  for (const source of SOURCES) if (startsWith(provider, row, source)) return true;
  return false;
}

function ofUserGroup(path: string): Computed {
  return {
    inputs: [path, 'event.provider'],
    run([value, provider], out, row) {
      if (hasValue(value, row) && hasUserGroups(provider, row)) copyText(value, out, row);
    },
  };
}

/** group.id. */
export const groupId = ofUserGroup('responseElements.group.groupId');

/** group.name. */
export const groupName = ofUserGroup('requestParameters.groupName');
