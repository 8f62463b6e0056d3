/** Who made a request and whom it is about, as ECS has it. */
import * as derive from '../derived.js';
import { type CloudTrailColumn, derived } from './column.js';

/** `user.*`. */
export const USER_COLUMNS: readonly CloudTrailColumn[] = [
  derived(
    'user.changes.name',
    'string',
    derive.firstOf('requestParameters.newUserName'),
    'New name of the user that the request is about',
  ),
  derived(
    'user.email',
    'string',
    derive.userEmail,
    'E-mail address of the caller: user.name where it is one, and the session name of a role of IAM Identity Center',
  ),
  derived('user.id', 'string', derive.userId, 'Unique id of the caller'),
  derived('user.name', 'string', derive.userName, 'Name of the role or user behind the call; `root` for the root user'),
  derived(
    'user.target.id',
    'string',
    derive.firstOf('responseElements.user.userId'),
    'Id of the user that the request is about',
  ),
  derived(
    'user.target.name',
    'string',
    derive.firstOf('requestParameters.userName'),
    'Name of the user that the request is about',
  ),
];
