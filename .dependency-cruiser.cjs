/** The import rules: `npm run lint`. What each room may import is in rooms.cjs. */
const rooms = require('./rooms.cjs');

const inRoom = (name) => `^${name}/`;
const names = rooms.map(({ name }) => name);

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-tests-in-code',
      severity: 'error',
      from: { path: names.map(inRoom) },
      to: { path: '^test/' },
    },
    ...rooms
      .filter(({ imports }) => !imports.includes('*'))
      .map(({ name, imports }) => ({
        name: `${name}-imports`,
        comment: `${name}/ may import ${imports.join(', ') || 'no other room'}. See rooms.cjs.`,
        severity: 'error',
        from: { path: inRoom(name) },
        to: { path: names.filter((other) => other !== name && !imports.includes(other)).map(inRoom) },
      })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    includeOnly: names.map(inRoom),
  },
};
