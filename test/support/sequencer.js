// Plain JavaScript: jest loads its sequencer without a transform.
const Sequencer = require('@jest/test-sequencer').default;

/**
 * Files that start many processes, and use both cores of a small machine by themselves. At the same time, they would slow each
 * other, and everything else, by a factor of ten, up to their time limits.
 */
const HEAVY = ['dev/chaos', 'docs/commands', 'iceberg/rest-committers', 'dev/package'].map(
  (name) => `/test/integration/${name}.test.ts`,
);

const rank = (test) => (test.context.config.displayName?.name === 'unit' ? 0 : 1);
const isHeavy = ({ path }) => HEAVY.some((name) => path.replaceAll('\\', '/').endsWith(name));

/**
 * Runs the files of `unit` before those of `integration`; within each, jest's own order (failed and slow ones first), but the
 * heavy files are spread evenly, the first one at the start.
 */
module.exports = class UnitFirst extends Sequencer {
  sort(tests) {
    const sorted = [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
    const heavy = sorted.filter(isHeavy);
    const others = sorted.filter((test) => !isHeavy(test));
    const first = others.findIndex((test) => rank(test) === 1);
    if (heavy.length === 0 || first === -1) return sorted;
    const integration = others.slice(first);
    const gap = Math.ceil(integration.length / heavy.length);
    return [
      ...others.slice(0, first),
      ...heavy.flatMap((test, at) => [test, ...integration.slice(at * gap, (at + 1) * gap)]),
    ];
  }
};
