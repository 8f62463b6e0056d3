/** From the id of a day's workflow back to what it is about: lists have ids, not inputs. */
import { ingestDayId } from '../../protocol/ids.js';

/** The type name of a day's workflow, in descriptions and in visibility queries. */
export const DAY_TYPE = 'ingestDay';

/** The delivery day, `YYYY-MM-DD`; `null` for the id of something else. */
export function dayOfId(id: string): string | null {
  const [, source, day] = /^[^/]+\/(.+)\/(\d{4}-\d{2}-\d{2})$/.exec(id) ?? [];
  return source !== undefined && ingestDayId(source, day) === id ? day : null;
}
