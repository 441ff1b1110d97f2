#!/usr/bin/env bash
# The recipe of the shipped watch-nano: from labelled pictures to the model file, one command.
#
#     recipes/watch-nano.sh DATA RUN_FOLDER
#
# DATA holds train/, val/ and no_faces/train/ (pictures with no face). The pictures listed in recipes/splits are kept
# back. A run that was stopped goes on: call it again with the same folder.
set -euo pipefail
data=$(realpath "$1")
run=$2
cd "$(dirname "$0")/.."
if [ -e "$run/last.safetensors" ]; then
  maskwatch train --resume "$run"
else
  maskwatch train "$data/train" --val "$data/val" --backgrounds "$data/no_faces/train" \
    --leave-out recipes/splits/dev.sha256 --leave-out recipes/splits/calibration.sha256 \
    -o "$run" --model watch-nano --epochs 28 --judge-every 4 --side-px 512
fi

# Scores become probabilities and the default threshold is chosen on pictures that were kept back; the float16
# checkpoint and the file made of it go into the package, with their sums.
models=src/maskwatch/models
maskwatch calibrate "$run/best.safetensors" "$data/train" --listed recipes/splits/calibration.sha256 \
  --false-alarms 0.2 --half -o "$models/watch-nano.safetensors"
maskwatch export "$models/watch-nano.safetensors" -o "$models/watch-nano.onnx" --name watch-nano --force \
  --licence "see MODEL_LICENSE: trained on photographs collected for research"
(cd "$models" && sha256sum -- *.onnx *.safetensors >SHA256SUMS)
