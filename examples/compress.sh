#!/bin/sh
# From a TorchScript archive to small files: exports it to ONNX with named dynamic axes, quantizes its Linear and LSTM
# weights to INT8 in both formats, compares the results, and prints the sizes before and after.
#
#   examples/compress.sh [MODEL.pt NAME:SPEC]      deploytool must be in the PATH
set -eu
here=$(cd "$(dirname "$0")" && pwd)
model=${1:-$here/line_reader/line_reader.pt}
input=${2:-'image:float32[batch,1,16,width=64]'}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

deploytool export --quiet "$model" -o "$folder/model.onnx" --input "$input"
deploytool quantize --quiet "$model" -o "$folder/model.int8.pt"
deploytool quantize --quiet "$folder/model.onnx" -o "$folder/model.int8.onnx"
deploytool export --quiet --int8 "$model" -o "$folder/direct.int8.onnx" --input "$input"

echo "TorchScript, before and after:"
deploytool size "$model" "$folder/model.int8.pt"
echo "ONNX, before and after:"
deploytool size "$folder/model.onnx" "$folder/model.int8.onnx"
echo "ONNX, in one step:"
deploytool size "$folder/model.onnx" "$folder/direct.int8.onnx"

# The exported model gives the archive's numbers; a quantized one is close to them.
deploytool verify --quiet "$model" "$folder/model.onnx"
