import { printable } from '../../workflows/printable.js';

/** A failure in two lines: what is wrong, and what to do. A message may have several lines: names in it are printable where it is made. */
export function renderFailure({ message, cure }: { message: string; cure?: string }): string {
  const said = message.split('\n').map(printable).join('\n');
  return cure === undefined ? `trailmill: ${said}` : `trailmill: ${said}\n  ${printable(cure)}`;
}
