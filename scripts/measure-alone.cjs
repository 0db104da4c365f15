// Loaded before the tests when their coverage is measured: only this process is. Each real Node-RED that they start
// would write its own figures, of the packed package.
delete process.env.NODE_V8_COVERAGE;
