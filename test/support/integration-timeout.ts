// Milliseconds: a workflow with a real server and real files, on a busy machine with two cores. It is set here, because jest
// reads `testTimeout` only from the whole configuration, not from a project.
jest.setTimeout(180_000);
