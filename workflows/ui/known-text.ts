/** What earlier runs have done already, for people. Pure. */
import type { KnownFiles } from '../../protocol/messages.js';
import { count, counted } from '../../text/numbers.js';

/**
 * `28,365 files were already ingested`; `undefined` if there are none.
 * @param files what this run has entered in the ledger: if it is 0, the text says so
 */
export function knownText(known: KnownFiles | undefined, files: number): string | undefined {
  if (known === undefined || known.ingested + known.other === 0) return undefined;
  const others = `${counted(known.other, 'file')} ${verb(known.other)} already quarantined or skipped`;
  const before =
    known.ingested === 0
      ? others
      : `${counted(known.ingested, 'file')} ${verb(known.ingested)} already ingested${known.other === 0 ? '' : `, and ${count(known.other)} quarantined or skipped`}`;
  return files === 0 ? `${before}; none are new` : before;
}

const verb = (files: number): string => (files === 1 ? 'was' : 'were');
