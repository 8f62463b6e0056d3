import { printableLines } from '../../text/printable.js';

/** A failure in two lines: what is wrong, and what to do. Both may have several lines: names in them are printable where they are made. */
export function renderFailure({ message, cure }: { message: string; cure?: string }): string {
  return printableLines(cure === undefined ? `trailmill: ${message}` : `trailmill: ${message}\n  ${cure}`);
}
