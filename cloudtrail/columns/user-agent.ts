/** The program that made a request, and what it says of its system. */
import * as derive from '../derived.js';
import { type CloudTrailColumn, derived, direct } from './column.js';

/** `user_agent.*`. */
export const USER_AGENT_COLUMNS: readonly CloudTrailColumn[] = [
  derived('user_agent.device.name', 'string', derive.userAgentDevice, 'Device, where a browser names it: `iPhone`'),
  derived('user_agent.name', 'string', derive.userAgentName, 'Browser, SDK, tool or service: `aws-cli`, `Firefox`'),
  direct('user_agent.original', 'userAgent', 'text', 'User agent, as it was delivered'),
  derived(
    'user_agent.os.full',
    'string',
    derive.userAgentOsFull,
    'Name and version of the operating system: `Linux 5.10.213`',
  ),
  derived('user_agent.os.name', 'string', derive.userAgentOsName, 'Operating system, where the user agent says it'),
  derived(
    'user_agent.os.version',
    'string',
    derive.userAgentOsVersion,
    'Its version; of Linux and Darwin the kernel’s, of macOS never the kernel’s',
  ),
  derived('user_agent.version', 'string', derive.userAgentVersion, 'Version of user_agent.name'),
];
