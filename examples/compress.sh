#!/bin/sh
# A model on its way to production: export with named dynamic axes, quantize Linear and LSTM, compare sizes and outputs.
#
#     compress.sh MODEL.pt 'NAME:SPEC' [RECORDED_INPUTS.npz]
#
# Writes MODEL.onnx, MODEL.int8.onnx and MODEL.int8.pt into the current folder.
set -eu
name=$(basename "$1" .pt)
deploytool export "$1" -o "$name.onnx" --input "$2" --force -q
deploytool quantize "$name.onnx" -o "$name.int8.onnx" --types linear,lstm --budget 'error<=1%' ${3:+--data "$3"} --force
deploytool quantize "$1" -o "$name.int8.pt" --types linear,lstm --force -q
echo
deploytool size "$name.onnx" "$name.int8.onnx"
deploytool size "$1" "$name.int8.pt"
