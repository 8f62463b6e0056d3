/** What a program is to Trailmill that it gets for itself: which version, from where, and how it is told from others. */

/** All there is to know about a program, so that it can be had. */
export interface Program {
  /** As in "No Temporal server was found". */
  title: string;
  /** Its file name, without `.exe`; also the name of its directory in the cache. */
  command: string;
  /** The version that is downloaded or built. */
  version: string;
  /** The environment variable by which a person names one. */
  variable: string;
  /** What `go install` builds, with the version. */
  module: string;
  /** Minutes that the build takes the first time, about. */
  buildMinutes: number;
  /** The official archive (tar, gzipped) for a platform and a processor, as Go spells them; `path`: the program in it. */
  archive(platform: string, arch: string): { url: string; path: string };
  /** `undefined` when this file is the program and new enough; else one line, such as "it is too old". */
  whyNot(binary: string, env: NodeJS.ProcessEnv): Promise<string | undefined>;
  /** Where a person gets it, as in "Install the Temporal CLI (https://…)". */
  home: string;
  /** What a person can do without it. */
  otherwise?: string;
}
