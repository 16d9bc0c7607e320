// Conformance: exports every case with deploytool, runs the result in ONNX Runtime and compares it with what the
// archive itself computed. A case is a folder with model.pt, meta.json and test_data_set_N/{input,output}_i.pb.
//
//   run --tool DEPLOYTOOL [--cases DIR] [--filter REGEX] [--tenth] [--jobs N] [--report FILE.json] [--keep DIR]
//       [--list STATUS] [--baseline FILE [--raise]] [--opset N]
//
// --opset takes another opset than the one a case was recorded for.
// --tenth takes every real model and a fixed tenth of the suite. --baseline names the cases that must pass: exit 1 when
// one does not, or when any case crashes or takes too long; --raise adds what passes beyond it.
//
// Status of a case:  pass | refused (exit 4) | error (other exit) | crash (signal, 70, >= 128) | timeout |
//                    invalid (ONNX Runtime cannot load or run it) | mismatch (wrong values, dtype or shape) |
//                    skip (quantized tensors as arguments or results: 42 cases of the suite)
import { spawn, fork } from 'node:child_process';
import { readFileSync, readdirSync, existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join, dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tmpdir, availableParallelism } from 'node:os';
import { Skip, flatOutputs, specs } from './cases.mjs';
import { compareWithBaseline } from './baseline.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const LIMIT = 120_000;
const arg = (name, other) => { const i = process.argv.indexOf(`--${name}`); return i < 0 ? other : process.argv[i + 1]; };
const has = (name) => process.argv.includes(`--${name}`);

function inTenth(id) {
  return !id.startsWith('test_') || createHash('sha256').update(id).digest()[0] % 10 === 0;
}

function findCases(root, wanted) {
  const cases = [];
  (function walk(d) {
    if (existsSync(join(d, 'model.pt'))) { if (wanted(relative(root, d))) cases.push(d); return; }
    for (const e of readdirSync(d).sort()) if (statSync(join(d, e)).isDirectory() && !e.startsWith('test_data_set')) walk(join(d, e));
  })(root);
  return cases;
}

async function main() {
  const tool = arg('tool');
  const root = arg('cases', process.env.CONFORMANCE_CASES ?? join(here, 'cases'));
  const filter = new RegExp(arg('filter', '.'));
  if (!tool || !existsSync(tool) || !existsSync(root)) {
    console.error('usage: run --tool DEPLOYTOOL [options]: see run.mjs');
    process.exit(2);
  }
  const cases = findCases(root, (id) => filter.test(id) && (!has('tenth') || inTenth(id)));
  const keep = arg('keep');
  const scratch = keep ?? mkdtempSync(join(tmpdir(), 'conformance-'));
  const results = [];
  let next = 0;
  await Promise.all(Array.from({ length: Number(arg('jobs', availableParallelism())) }, async () => {
    const checker = new Checker();
    while (next < cases.length) {
      const dir = cases[next++], id = relative(root, dir), started = Date.now();
      const onnx = join(scratch, `${id.replaceAll('/', '-')}.onnx`);
      const [status, why] = await runCase(tool, dir, onnx, checker).catch((e) => [e instanceof Skip ? 'skip' : 'error', e.message]);
      if (!keep) rmSync(onnx, { force: true });
      results.push({ case: id, status, why, ms: Date.now() - started });
      if (process.stderr.isTTY) process.stderr.write(`\r${results.length}/${cases.length}`);
    }
    checker.close();
  }));
  if (!keep) rmSync(scratch, { recursive: true, force: true });
  results.sort((a, b) => (a.case < b.case ? -1 : 1));
  summary(results, arg('list'));
  if (arg('report')) writeFileSync(arg('report'), JSON.stringify(results, null, 1));
  if (arg('baseline')) process.exitCode = compareWithBaseline(arg('baseline'), results, has('raise')) ? 0 : 1;
}

// Runs exported models in a child process that is replaced when it dies or hangs.
class Checker {
  check(message) {
    this.child ??= fork(join(here, 'check.mjs'), [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const child = this.child;
    return new Promise((done) => {
      const settle = (answer, dead) => {
        clearTimeout(timer);
        child.removeAllListeners();
        if (dead) { child.kill('SIGKILL'); this.child = undefined; }
        done(answer);
      };
      const timer = setTimeout(() => settle(['timeout', 'ONNX Runtime'], true), LIMIT);
      child.on('message', (answer) => settle(answer, false));
      child.on('exit', (code, signal) => settle(['invalid', `ONNX Runtime ended with ${signal ?? code}`], true));
      child.send(message);
    });
  }
  close() { this.child?.disconnect(); }
}

async function runCase(tool, dir, onnx, checker) {
  const meta = JSON.parse(readFileSync(join(dir, 'meta.json')));
  const { flags, fed } = specs(meta, dir);
  for (const set of meta.data_sets) flatOutputs(set.outputs ?? { t: 'none' });
  const outputs = (meta.output_names ?? []).flatMap((n) => ['--output-name', n]);
  mkdirSync(dirname(onnx), { recursive: true });
  const argv = ['export', join(dir, 'model.pt'), '-o', onnx, '--force', '--opset', arg('opset', `${meta.opset ?? 13}`), ...flags, ...outputs];
  const { code, signal, err, late } = await execute(tool, argv, LIMIT);
  const line = err.split('\n').filter((l) => /error|fatal/i.test(l)).slice(0, 3).join(' | ').slice(0, 400);
  if (late) return ['timeout', ''];
  if (signal || code === 70 || code >= 128) return ['crash', `${signal ?? code} ${line}`];
  if (code === 4) return ['refused', line];
  if (code !== 0) return ['error', `${code} ${line}`];
  if (!existsSync(onnx)) return ['error', 'exit 0 but no output file'];
  return checker.check({ dir, onnx, fed });
}

function execute(tool, argv, limit) {
  return new Promise((done) => {
    const p = spawn(tool, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '', late = false;
    const timer = setTimeout(() => { late = true; p.kill('SIGKILL'); }, limit);
    p.stderr.on('data', (d) => { if (err.length < 1e6) err += d; });
    p.on('error', (e) => { clearTimeout(timer); done({ code: 127, err: `error: ${e.message}` }); });
    p.on('close', (code, signal) => { clearTimeout(timer); done({ code, signal, err, late }); });
  });
}

function summary(results, list) {
  const statuses = ['pass', 'refused', 'error', 'crash', 'timeout', 'invalid', 'mismatch', 'skip'];
  const groups = { script: [], trace: [] };
  for (const r of results) (groups[r.case.split('/').pop()] ??= []).push(r);
  console.log(['variant', ...statuses, 'total', 'pass %'].map((s) => s.padStart(9)).join(''));
  for (const [name, rs] of [...Object.entries(groups), ['all', results]]) {
    const n = Object.fromEntries(statuses.map((s) => [s, rs.filter((r) => r.status === s).length]));
    const of = rs.length - n.skip;
    console.log([name, ...statuses.map((s) => n[s]), rs.length, of ? (100 * n.pass / of).toFixed(1) : '-'].map((s) => `${s}`.padStart(9)).join(''));
  }
  const why = new Map();
  for (const r of results) if (r.status === 'refused' || r.status === 'error') {
    for (const op of new Set(r.why.match(/[a-z_]+::[A-Za-z0-9_.]+/g) ?? [r.why.slice(0, 80)])) why.set(op, (why.get(op) ?? 0) + 1);
  }
  console.log('\nmost often in refusals and errors:');
  for (const [op, n] of [...why].sort((a, b) => b[1] - a[1]).slice(0, 25)) console.log(`${`${n}`.padStart(6)}  ${op}`);
  if (list) for (const r of results.filter((r) => r.status === list)) console.log(`${r.status}  ${r.case}  ${r.why}`);
  console.log(`\n${results.filter((r) => r.status === 'pass').length} of ${results.filter((r) => r.status !== 'skip').length} cases pass`);
}

await main();
