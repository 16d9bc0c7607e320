// Child process of the runner: runs exported cases in ONNX Runtime, one message each, so that a crash of ONNX Runtime
// costs one case and starting up is paid once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Skip, flatOutputs, readTensor, require } from './cases.mjs';

function half(u) {
  const s = u & 0x8000 ? -1 : 1, e = (u >> 10) & 31, f = u & 1023;
  return e === 0 ? s * f * 2 ** -24 : e === 31 ? (f ? NaN : s * Infinity) : s * (1 + f / 1024) * 2 ** (e - 15);
}

function compare(got, want, rtol, atol, checkDtype) {
  if (checkDtype && got.type !== want.type) return `dtype ${got.type}, expected ${want.type}`;
  if (got.dims.length !== want.dims.length || got.dims.some((d, i) => Number(d) !== want.dims[i])) return `shape [${got.dims}], expected [${want.dims}]`;
  const at = (t, i) => t.type === 'float16' ? half(t.data[i]) : Number(t.data[i]);
  let worst = 0;
  for (let i = 0; i < want.data.length; i++) {
    const g = at(got, i), w = at(want, i);
    if (g === w || (Number.isNaN(g) && Number.isNaN(w))) continue;
    const over = Math.abs(g - w) - (atol + rtol * Math.abs(w));
    if (!(over <= 0)) worst = Math.max(worst, Number.isNaN(over) ? Infinity : Math.abs(g - w));
  }
  return worst ? `values differ by up to ${worst}` : '';
}

async function check(dir, onnx, fed) {
  const ort = require('onnxruntime-node');
  const meta = JSON.parse(readFileSync(join(dir, 'meta.json')));
  let session;
  try { session = await ort.InferenceSession.create(onnx, { logSeverityLevel: 4 }); } catch (e) { return ['invalid', e.message.slice(0, 300)]; }
  const sets = meta.data_sets.filter((d) => d.status === 'ok' && d.deterministic !== false);
  if (!sets.length) return ['invalid', 'the case has no data to compare'];
  for (const set of sets) {
    const feeds = {};
    for (const [file, name] of fed) {
      if (!session.inputNames.includes(name)) continue;            // an input that nothing uses may be left out
      const t = readTensor(join(dir, set.dir, `input_${file}.pb`));
      feeds[name] = new ort.Tensor(t.type, t.data, t.dims);
    }
    let result;
    try { result = await session.run(feeds); } catch (e) { return ['invalid', e.message.slice(0, 300)]; }
    const wanted = flatOutputs(set.outputs);
    if (session.outputNames.length !== wanted.length) return ['mismatch', `${session.outputNames.length} outputs, expected ${wanted.length}`];
    for (const [i, file] of wanted.entries()) {
      const want = readTensor(join(dir, set.dir, `output_${file}.pb`));
      const why = compare(result[session.outputNames[i]], want, meta.rtol, meta.atol, meta.check_dtype !== false);
      if (why) return ['mismatch', `${set.dir} output ${i}: ${why}`];
    }
  }
  await session.release();
  return ['pass', ''];
}

process.on('message', async ({ dir, onnx, fed }) => {
  let answer;
  try { answer = await check(dir, onnx, fed); } catch (e) { answer = [e instanceof Skip ? 'skip' : 'invalid', e.message]; }
  process.send(answer);
});
process.on('disconnect', () => process.exit(0));
