// jest loads its global setup with Node's own `require`, where moduleNameMapper does not apply: this lets './x.js' find
// './x.ts' there. Plain JavaScript, because it must be there before the first such import.
const Module = require('node:module');

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  try {
    return resolve.call(this, request, ...rest);
  } catch (error) {
    if (!/^\.{1,2}\/.*\.js$/.test(request)) throw error;
    return resolve.call(this, request.replace(/\.js$/, '.ts'), ...rest);
  }
};
