// What a case is on disk: its tensors (ONNX TensorProto), the command line that exports it, its flat outputs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';

export const require = createRequire(join(process.env.CONFORMANCE_MODULES ?? '.', 'x.js'));
const TYPES = { 1: 'float32', 2: 'uint8', 3: 'int8', 6: 'int32', 7: 'int64', 9: 'bool', 10: 'float16', 11: 'float64', 16: 'bfloat16', 5: 'int16' };

// ---- ONNX TensorProto -------------------------------------------------------------------------------------------
const protobuf = require('protobufjs');
const TensorProto = protobuf.parse(`syntax = "proto3"; message TensorProto { repeated int64 dims = 1; int32 data_type = 2;
  repeated float float_data = 4; repeated int32 int32_data = 5; repeated int64 int64_data = 7; string name = 8;
  bytes raw_data = 9; repeated double double_data = 10; repeated uint64 uint64_data = 11; }`).root.lookupType('TensorProto');

export function readTensor(file) {
  const t = TensorProto.decode(readFileSync(file));
  const dims = t.dims.map(Number);
  const n = dims.reduce((a, b) => a * b, 1);
  const raw = new Uint8Array(t.rawData).buffer;
  const make = {
    1: () => raw.byteLength || !n ? new Float32Array(raw) : Float32Array.from(t.floatData),
    2: () => raw.byteLength || !n ? new Uint8Array(raw) : Uint8Array.from(t.int32Data),
    3: () => raw.byteLength || !n ? new Int8Array(raw) : Int8Array.from(t.int32Data),
    5: () => raw.byteLength || !n ? new Int16Array(raw) : Int16Array.from(t.int32Data),
    6: () => raw.byteLength || !n ? new Int32Array(raw) : Int32Array.from(t.int32Data),
    7: () => raw.byteLength || !n ? new BigInt64Array(raw) : BigInt64Array.from(t.int64Data.map((x) => BigInt(x.toString()))),
    9: () => raw.byteLength || !n ? new Uint8Array(raw) : Uint8Array.from(t.int32Data),
    10: () => raw.byteLength || !n ? new Uint16Array(raw) : Uint16Array.from(t.int32Data),
    11: () => raw.byteLength || !n ? new Float64Array(raw) : Float64Array.from(t.doubleData),
  }[t.dataType];
  if (!make) throw new Error(`dtype ${t.dataType} is not handled here`);
  return { type: TYPES[t.dataType], dims, data: make() };
}

// ---- the command line of a case ---------------------------------------------------------------------------------
export class Skip extends Error {}

export function specs(meta, dir) {
  const set = meta.data_sets.find((d) => d.status === 'ok');
  const names = meta.onnx_input_names;
  const axes = meta.dynamic_axes ?? {};
  const fed = [];                                   // [file index, ONNX input name], in order
  const used = new Map();                           // a symbol's example size: the same name is the same size
  const tensor = (file, name, axesOf) => {
    const t = readTensor(join(dir, set.dir, `input_${file}.pb`));
    fed.push([file, name]);
    const dims = t.dims.map((d, i) => {
      let symbol = (axesOf ?? {})[i];
      if (symbol === undefined) return `${d}`;
      symbol = symbol.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
      if (used.has(symbol) && used.get(symbol) !== d) symbol = `${symbol}_${name.replace(/[^A-Za-z0-9_]/g, '_')}_${i}`;
      used.set(symbol, d);
      return `${symbol}=${d}`;
    });
    return `${t.type}[${dims.join(',')}]`;
  };
  const one = (a, name, axesOf) => {
    switch (a.t) {
      case 'tensor': return tensor(a.i, name, axesOf);
      case 'int': case 'float': case 'bool':        // a Python scalar argument is a rank-0 input
        return a.i === undefined ? `${a.v}` : tensor(a.i, name);
      case 'none': return 'none';
      case 'str': return JSON.stringify(a.v);
      case 'list': return `[${a.v.map((x, i) => one(x, `${name}.${i}`, axes[`${name}.${i}`])).join(',')}]`;
      case 'tuple': return `(${a.v.map((x, i) => one(x, `${name}.${i}`, axes[`${name}.${i}`])).join(',')})`;
      case 'dict': return `{${a.v.map((x, i) => `${JSON.stringify(a.k[i])}:${one(x, `${name}.${a.k[i]}`, axes[`${name}.${a.k[i]}`])}`).join(',')}}`;
      default: throw new Skip(`argument of kind ${a.t}`);
    }
  };
  let k = 0;
  const flags = [];
  for (const a of set.args) {
    const name = a.t === 'none' ? `none_${flags.length}` : (names[k++] ?? `arg_${flags.length}`);
    flags.push('--input', `${name}:${one(a, name, axes[name])}`);
  }
  return { flags, fed };
}

export function flatOutputs(o) {
  if (o.t === 'tensor' || ((o.t === 'int' || o.t === 'float' || o.t === 'bool') && o.i !== undefined)) return [o.i];
  if (o.t === 'none') return [];
  if (['list', 'tuple', 'dict'].includes(o.t)) return o.v.flatMap(flatOutputs);
  throw new Skip(`output of kind ${o.t}`);
}
