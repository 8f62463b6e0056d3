/** Settings that are shared by `s3_source`, `catalog.sigv4` and the parameters of an address. */
import { PARAMETERS } from '../storage/address.js';
import { text } from './kinds.js';
import { type SettingDetails, setting } from './setting.js';

/** Creates a setting with the name and the check of an address parameter. */
export function s3Option<const Details extends SettingDetails>(name: string, details: Details) {
  const { pattern, allowed } = PARAMETERS.find((one) => one.name === name) as (typeof PARAMETERS)[number];
  return setting(text(pattern, /^\d/.test(allowed) ? `${allowed}, in quotes` : allowed), details);
}

/** Settings for the identity that sends the requests; `what` says what the role is for. */
export const identity = (what: string) => ({
  profile: s3Option('profile', {
    description: 'The AWS profile whose credentials and region are used.',
    defaultNote: '`AWS_PROFILE`',
    example: 'security',
  }),
  access_role_arn: s3Option('access_role_arn', {
    description: `Role to assume for ${what}.`,
    example: 'arn:aws:iam::123456789012:role/reader',
  }),
  external_id: s3Option('external_id', {
    description: "The external id that the role's trust policy requires.",
    example: 'trailmill',
  }),
  role_session_name: s3Option('role_session_name', {
    description: "Name of the session, as shown in the role owner's CloudTrail.",
    defaultNote: '`trailmill`',
    example: 'trailmill',
  }),
});
