/** group.*: the user group that an event is about. */
import type { AnyColumn } from '../../columnar/nested.js';
import { sourceOf } from '../event-categories.js';
import { USER_GROUP_SERVICES } from '../event-groups/identity.js';
import { type Computed, copyText, hasBytes, startsWith } from './derivation.js';
import { hasValue } from './known-value.js';

const SOURCES = USER_GROUP_SERVICES.map(sourceOf);

/** Whether a group in a record of this service is a user group; assumed for a record without eventSource. */
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
