/** A failure in two lines: what is wrong, and what to do. */
export function renderFailure({ message, cure }: { message: string; cure?: string }): string {
  return cure === undefined ? `trailmill: ${message}` : `trailmill: ${message}\n  ${cure}`;
}
