// Milliseconds: a workflow with a real server and real files, on a busy machine with two cores. Here, because jest takes
// `testTimeout` from the whole configuration only, not from a project.
jest.setTimeout(180_000);
