#!/usr/bin/env bash
# Sets up the real labelImg, whose readers and writers the tests of our label files are compared with.
#
#   tests/labelimg_env.sh [FOLDER]     default: .ci-cache/labelimg-env
#
# Only its `libs` modules are imported, which needs no display; Qt's pictures need libGL (apt: libgl1, libglib2.0-0).
set -euo pipefail
cd "$(dirname "$0")/.."

folder=${1:-.ci-cache/labelimg-env}
stamp="$folder/.complete"
wanted=$(sha256sum "tests/labelimg_env.sh" | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi

rm -rf "$folder"
"${PYTHON:-python3}" -m venv "$folder"
"$folder/bin/python" -m pip --disable-pip-version-check -q install \
  'labelImg==1.8.6' 'lxml==6.1.3' 'PyQt5==5.15.11' 'PyQt5-Qt5==5.15.19' 'PyQt5-sip==12.20.0'
"$folder/bin/python" -c 'from libs.labelFile import LabelFile'
echo "$wanted" >"$stamp"
