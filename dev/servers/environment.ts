/** The environment of server processes. */

/** The environment of this process without the variables whose names match `pattern`. */
export function environmentWithout(pattern: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !pattern.test(name)));
}
