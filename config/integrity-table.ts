/** The settings of log_source.yml about the verification of log files. */
import { BUCKET_NAME } from '../storage/address.js';
import { anyText, choice, text, whole } from './kinds.js';
import { section, setting } from './setting.js';

/** How much of the verification of log files happens without a command. */
const MODES = ['record', 'verify', 'required'] as const;
const ORIGIN = new RegExp(`${BUCKET_NAME.source.slice(0, -1)}(?:/[^/]+)*$`);
const MODE_ALLOWED = 'record, verify or required';

/** The section `integrity`. */
export const integrity = section(
  {
    description:
      '[Verification](#verification) of log files by the digests that CloudTrail signs. `record`: hashes are recorded, and `trailmill verify` compares them. `verify`: scheduled runs also verify. `required`: log files are only ingested once a valid digest lists them with the same hash.',
    shorthand: { for: 'mode', allowed: 'record, verify, required, or a section with mode, bucket, keys, hold_hours' },
  },
  {
    mode: setting(choice(MODES, MODE_ALLOWED), {
      description: 'The same as the word on its own: `integrity: verify`.',
      default: 'record',
      example: 'required',
    }),
    bucket: setting(text(ORIGIN, 'bucket or bucket/prefix, without s3://'), {
      description:
        'The bucket that CloudTrail delivers to, if the location is a copy of it. Digests contain its name. Add the key prefix (`bucket/prefix`) if the keys at the location are without it.',
      defaultNote: 'the one in the location; for a directory, the one in most digests, or none with `required`',
      example: 'my-org-logs-bucket',
    }),
    keys: setting(anyText('the path of a directory'), {
      description:
        'Directory with the public keys of CloudTrail: PEM, DER or base64 files, or the output of `aws cloudtrail list-public-keys`. No keys are then requested from CloudTrail.',
      defaultNote: 'requested from CloudTrail (ListPublicKeys)',
      example: './keys',
    }),
    hold_hours: setting(whole(1, 720), {
      description:
        'With `required`: how long a log file is held back after its delivery. If no valid digest lists it by then, it is quarantined as `not_proven`. CloudTrail delivers a digest within two hours after the hour that it covers; AWS tries for up to 30 days.',
      default: 26,
      unit: 'hours',
    }),
  },
);
