// The baseline: the cases that pass on one platform, one per line. It may grow, never shrink.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const HEADER = '# Cases that pass and must go on passing; tests/conformance/run --baseline FILE --raise adds new ones.';

function read(file) {
  if (!existsSync(file)) return new Set();
  return new Set(readFileSync(file, 'utf8').split('\n').filter((l) => l && !l.startsWith('#')));
}

// Prints what differs; true when nothing of the baseline is lost, and no case crashed or timed out.
export function compareWithBaseline(file, results, raise) {
  if (!raise && !existsSync(file)) {
    console.log(`${file} is missing: --raise makes it from the cases that pass`);
    console.log('baseline: 0 passed, 1 failed');
    return false;
  }
  const baseline = read(file);
  const expected = results.filter((r) => baseline.has(r.case));
  const lost = expected.filter((r) => r.status !== 'pass');
  const broken = results.filter((r) => !baseline.has(r.case) && ['crash', 'timeout'].includes(r.status));
  const gained = results.filter((r) => r.status === 'pass' && !baseline.has(r.case));
  for (const r of lost) console.log(`no longer passes: ${r.case}  ${r.status}  ${r.why}`);
  for (const r of broken) console.log(`${r.status}: ${r.case}  ${r.why}`);
  if (raise && gained.length) {
    const names = [...baseline, ...gained.map((r) => r.case)].sort();
    writeFileSync(file, `${[HEADER, ...names].join('\n')}\n`);
  }
  const beyond = gained.length ? `; ${gained.length} more pass${raise ? ', now in it' : ' (--raise adds them)'}` : '';
  console.log(`baseline: ${expected.length - lost.length} passed, ${lost.length + broken.length} failed${beyond}`);
  return results.length > 0 && lost.length + broken.length === 0;
}
