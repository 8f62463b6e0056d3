/** Stops DuckDB's statement when a signal is aborted. */
import type { OpenTables } from '../../query/open-tables.js';

const INTERRUPT_EVERY_MS = 100;

/** Until the returned function is called: an aborted signal stops what runs on the tables, which may not be open yet. */
export function interruptOn(signal: AbortSignal, tables: () => Pick<OpenTables, 'interrupt'> | undefined): () => void {
  let repeating: NodeJS.Timeout | undefined;
  // Repeatedly: DuckDB loses an interrupt that arrives just as it starts a statement.
  const stop = (): void => {
    tables()?.interrupt();
    repeating = setInterval(() => tables()?.interrupt(), INTERRUPT_EVERY_MS);
  };
  signal.addEventListener('abort', stop);
  return () => {
    signal.removeEventListener('abort', stop);
    clearInterval(repeating);
  };
}
