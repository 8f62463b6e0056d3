/** A clock that is wrong: of the main thread of this process, where everything is done that asks for the time. */
const RightDate = Date;
let error = 0;
const now = (): number => RightDate.now() + error;

/** From now on the clock is ahead by so many milliseconds, or behind; 0: it is right. */
export function setClock(milliseconds: number): void {
  error = milliseconds;
  globalThis.Date = new Proxy(RightDate, {
    construct: (target, args: [] | [number]) => (args.length === 0 ? new target(now()) : new target(...args)),
    apply: () => new RightDate(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}
