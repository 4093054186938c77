// count.cjs SUITE REPORT STATUS: what a vitest run came to, as `passed failed`, and each failure by name on standard error.
const { existsSync, readFileSync } = require('node:fs');

const [suite, file, status] = process.argv.slice(2);
const report = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : { numPassedTests: 0, testResults: [] };
const tests = report.testResults.flatMap((f) => f.assertionResults);

// A skip is a failure, unless the cloud of the run declares what it lacks: those stand under this heading.
const declared = (t) => /(^| )left out on \w+ \(/.test(t.fullName);

const failures = [
  ...report.testResults
    .filter((f) => f.status === 'failed' && f.assertionResults.length === 0)
    .map((f) => [f.name, f.message]),
  ...tests.filter((t) => t.status === 'failed').map((t) => [t.fullName, t.failureMessages.join('\n')]),
  ...tests
    .filter((t) => !['passed', 'failed'].includes(t.status) && !declared(t))
    .map((t) => [t.fullName, `was ${t.status}, which its cloud does not declare`]),
];
if (status !== '0' && failures.length === 0) {
  failures.push(['the run', `ended with ${status} and without a failed test: its output has the error`]);
}

for (const [name, why] of failures)
  process.stderr.write(`FAILED ${suite} > ${name}\n${why.slice(0, 2000)}\n\n`);
process.stdout.write(`${report.numPassedTests} ${failures.length}\n`);
