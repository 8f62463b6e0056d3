/**
 * `npm run messages`: lists all messages that users can see, by kind, with file and line, for a review of their language.
 * `npm run messages -- errors client/backfill` lists those of some kinds or below some paths.
 */

import { KINDS } from './messages/kinds.js';
import { allMessages, renderMessages } from './messages/list.js';

const selected = process.argv.slice(2);
const messages = allMessages(process.cwd()).filter(
  ({ kind, file }) =>
    selected.length === 0 || selected.some((one) => (one in KINDS ? kind === one : file.startsWith(one))),
);
process.stdout.write(renderMessages(messages));
