/** What can be done to a bucket or to the ledger, and what verification must say about it. */
import type { LedgerFile } from '../../integrity/judge-files';
import { DIGEST_CONTENT_TAMPERINGS } from './tampering-digest-contents';
import { DIGEST_PLACE_TAMPERINGS } from './tampering-digest-places';
import { LEDGER_TAMPERINGS, LOG_FILE_TAMPERINGS } from './tampering-log-files';
import type { Tamper, Tampering } from './tampering-target';

export { LATER_TAMPERINGS } from './tampering-log-files';
export { mistakesOf, type Tamper, type Tampering, type Target } from './tampering-target';

/** All kinds of tampering with the bucket before it is ingested, or with the ledger afterwards, by name. */
export const TAMPERINGS: Readonly<Record<string, Tamper>> = {
  ...LOG_FILE_TAMPERINGS,
  ...DIGEST_PLACE_TAMPERINGS,
  ...DIGEST_CONTENT_TAMPERINGS,
  ...LEDGER_TAMPERINGS,
};

/** Makes the changes of the tampering to the ledger. */
export function editsOf({ ledger = {} }: Tampering): (files: LedgerFile[]) => LedgerFile[] {
  const { deleted = [], hashes = {} } = ledger;
  return (files) =>
    files
      .filter(({ key }) => !deleted.includes(key))
      .map((file) => (Object.hasOwn(hashes, file.key) ? { ...file, sha256: hashes[file.key] } : file));
}
