// Plain JavaScript: jest loads its sequencer without a transform.
const Sequencer = require('@jest/test-sequencer').default;

/** Runs the files of `unit` before those of `integration`; within each, jest's own order (failed and slow ones first). */
module.exports = class UnitFirst extends Sequencer {
  sort(tests) {
    const rank = (test) => (test.context.config.displayName?.name === 'unit' ? 0 : 1);
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
};
