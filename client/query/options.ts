/** The options of `trailmill query`, whose names parameters of saved queries cannot have. */

/** Names of all options of the command, its own and those of every command. */
export const RESERVED_OPTIONS: ReadonlySet<string> = new Set([
  ...['file', 'format', 'limit', 'list', 'param', 'from', 'to', 'warehouse'],
  ...['project', 'json', 'address', 'namespace', 'task-queue', 'tls', 'help', 'version'],
]);
