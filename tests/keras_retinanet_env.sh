#!/usr/bin/env bash
# Sets up the real keras-retinanet, which the slow tests of everything that imitates it are compared with.
#
#   tests/keras_retinanet_env.sh [FOLDER]     default: .ci-cache/keras-retinanet-env
#
# TensorFlow 2.15 is the last that runs it, and needs Python 3.9 to 3.11. A second keras-resnet, 0.1.0, lies beside the
# environment in keras-resnet-0.1.0: put first on PYTHONPATH it gives the older backbone with padding_conv1.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-.ci-cache/keras-retinanet-env}
stamp="$folder/.complete"
wanted=$(sha256sum "tests/keras_retinanet_env.sh" | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi

python=${KERAS_RETINANET_PYTHON:-}
for candidate in python3.11 python3.10 python3.9 python3; do
  [ -n "$python" ] && break
  if "$candidate" -c 'import sys; sys.exit(not (3, 9) <= sys.version_info < (3, 12))' 2>/dev/null; then
    python=$candidate
  fi
done
if [ -z "$python" ]; then
  echo "keras-retinanet's TensorFlow 2.15 needs Python 3.9 to 3.11, and none is installed" >&2
  exit 1
fi

rm -rf "$folder"
"$python" -m venv "$folder"
pip="$folder/bin/python -m pip --disable-pip-version-check -q"
$pip install 'tensorflow-cpu==2.15.1' 'numpy<2' 'opencv-python==4.10.0.84' 'keras-resnet==0.2.0' \
  'setuptools<70' wheel cython pillow progressbar2
# Its opencv-python needs libGL; where that is missing the same version without windows does.
if ! "$folder/bin/python" -c 'import cv2' 2>/dev/null; then
  $pip uninstall -y opencv-python
  $pip install 'opencv-python-headless==4.10.0.84'
fi
$pip install --no-build-isolation --no-deps 'keras-retinanet==1.0.0'
$pip install --no-build-isolation --no-deps --target "$folder/keras-resnet-0.1.0" 'keras-resnet==0.1.0'
echo "$wanted" >"$stamp"
