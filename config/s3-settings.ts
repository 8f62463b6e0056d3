/** Settings that `s3_source`, `catalog.sigv4` and the parameters of an address have in common. */
import { PARAMETERS } from '../storage/address.js';
import { text } from './kinds.js';
import { type SettingDetails, setting } from './setting.js';

/** A setting of the name, and with the check, of a parameter of an address. */
export function s3Option<const Details extends SettingDetails>(name: string, details: Details) {
  const { pattern, allowed } = PARAMETERS.find((one) => one.name === name) as (typeof PARAMETERS)[number];
  return setting(text(pattern, /^\d/.test(allowed) ? `${allowed}, in quotes` : allowed), details);
}

/** Which identity sends the requests; `what` is what the role is for. */
export const identity = (what: string) => ({
  profile: s3Option('profile', {
    description: 'Whose credentials and region are used.',
    defaultNote: '`AWS_PROFILE`',
    example: 'security',
  }),
  access_role_arn: s3Option('access_role_arn', {
    description: `A role to assume for ${what}.`,
    example: 'arn:aws:iam::123456789012:role/reader',
  }),
  external_id: s3Option('external_id', {
    description: "The external id that the role's trust policy asks for.",
    example: 'trailmill',
  }),
  role_session_name: s3Option('role_session_name', {
    description: "Name of the session, as it is seen in the role owner's CloudTrail.",
    defaultNote: '`trailmill`',
    example: 'trailmill',
  }),
});
