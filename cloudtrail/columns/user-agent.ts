/** The program that made a request, and the system that it reports. */
import * as derive from '../derived.js';
import { type CloudTrailColumn, derived, direct } from './column.js';

/** The columns `user_agent.*`. */
export const USER_AGENT_COLUMNS: readonly CloudTrailColumn[] = [
  derived('user_agent.device.name', 'string', derive.userAgentDevice, 'Device, if a browser reports it: `iPhone`'),
  derived('user_agent.name', 'string', derive.userAgentName, 'Browser, SDK, tool or service: `aws-cli`, `Firefox`'),
  direct('user_agent.original', 'userAgent', 'text', 'User agent, as delivered'),
  derived(
    'user_agent.os.full',
    'string',
    derive.userAgentOsFull,
    'Name and version of the operating system: `Linux 5.10.213`',
  ),
  derived('user_agent.os.name', 'string', derive.userAgentOsName, 'Operating system, if the user agent reports it'),
  derived(
    'user_agent.os.version',
    'string',
    derive.userAgentOsVersion,
    'Version of the operating system; for Linux and Darwin the kernel version, for macOS never the kernel version',
  ),
  derived('user_agent.version', 'string', derive.userAgentVersion, 'Version of user_agent.name'),
];
