/** The user that made a request and the user that it is about, in ECS fields. */
import * as derive from '../derived.js';
import { type CloudTrailColumn, derived, lookup } from './column.js';

/** The columns `user.*`. */
export const USER_COLUMNS: readonly CloudTrailColumn[] = [
  lookup(
    derived(
      'user.changes.name',
      'string',
      derive.firstOf('requestParameters.newUserName'),
      'New name of the user that the request is about',
    ),
  ),
  lookup(
    derived(
      'user.email',
      'string',
      derive.userEmail,
      'Email address of the caller: user.name if it is one, or the session name of an IAM Identity Center role',
    ),
  ),
  lookup(derived('user.id', 'string', derive.userId, 'Unique id of the caller')),
  lookup(
    derived(
      'user.name',
      'string',
      derive.userName,
      'Name of the role or user behind the call; `root` for the root user',
    ),
  ),
  lookup(
    derived(
      'user.target.id',
      'string',
      derive.firstOf('responseElements.user.userId'),
      'Id of the user that the request is about',
    ),
  ),
  lookup(
    derived(
      'user.target.name',
      'string',
      derive.firstOf('requestParameters.userName'),
      'Name of the user that the request is about',
    ),
  ),
];
