/** A skewed clock in the main thread of this process, which runs all code that reads the time. */
const RealDate = Date;
let skew = 0;
const now = (): number => RealDate.now() + skew;

/** Sets the clock ahead by the given milliseconds, or back if negative; 0 makes it correct again. */
export function setClock(milliseconds: number): void {
  skew = milliseconds;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: [] | [number]) => (args.length === 0 ? new target(now()) : new target(...args)),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}
