/** A case for every saved query, by subject. */
import { ACTIVITY } from './activity';
import { EXPOSURE } from './exposure';
import { IDENTITIES } from './identities';
import type { SavedCase } from './records';
import { RESOURCES } from './resources';
import { SIGN_INS } from './sign-ins';

export type { SavedCase } from './records';

export const SAVED_CASES: readonly SavedCase[] = [...SIGN_INS, ...IDENTITIES, ...EXPOSURE, ...RESOURCES, ...ACTIVITY];
