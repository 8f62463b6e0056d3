/** related.*: what an event names, whatever part it has in it; each once. */
import { appendDistinct, type Computed } from './derivation.js';

/** In this order: who called, whom it is about, the new name. */
export const relatedUser: Computed = {
  inputs: ['aws.cloudtrail.user_identity.user_name', 'user.target.name', 'user.changes.name'],
  run(columns, out, row) {
    appendDistinct(out, columns, row);
  },
};
