/** cloud.service.name: the service in an event source. */
import { Text } from '../../columnar/words.js';
import { appendText, fromLookup, type Lookup } from './derivation.js';
import { isValueText } from './known-value.js';

/** The part after the service name: the DNS suffixes of the AWS partitions (botocore's `partitions.json`). */
const SUFFIX =
  /\.(?:amazonaws\.(?:com|com\.cn|cn|eu)|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/i;

/** `s3` for `s3.amazonaws.com`; other event sources unchanged. */
function serviceOf(eventSource: string): string | undefined {
  const trimmed = eventSource.trim();
  const name = trimmed.replace(SUFFIX, '');
  return isValueText(name) ? name : undefined;
}

const service: Lookup<Text> = {
  input: 'event.provider',
  bind: () => (text) => {
    const name = serviceOf(text);
    return name === undefined ? undefined : new Text(name);
  },
};

/** cloud.service.name. */
export const cloudServiceName = fromLookup(service, (name, out, row) => appendText(out, name, row));
