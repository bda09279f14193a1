#!/bin/sh
# Installs everything into one folder, without any network: ./install.sh FOLDER
# Needs Linux on x86_64 and the Python that this archive was made for (PYTHON=... names another interpreter of that
# version); no compiler, no Node, no ROS, no rights of root. To remove it again, remove the folder.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
version=@PYTHON@
python=${PYTHON:-python$version}
target=${1:-}

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

[ $# -eq 1 ] && [ -n "$target" ] || fail "give the folder to install into, for instance ./install.sh /opt/amr/@RELEASE@"
[ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "this archive is for Linux on x86_64, not $(uname -s) $(uname -m)"
command -v "$python" >/dev/null || fail "there is no $python here: install it, or name one with PYTHON="
found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || fail "$python does not run"
[ "$found" = "$version" ] || fail "this archive is for Python $version, and $python is $found"
[ ! -e "$target" ] || fail "$target exists: install beside it, nothing is overwritten"

echo "Checking the archive"
(cd "$here" && sha256sum --check --quiet --strict SHA256SUMS) || fail "the archive is not as it was made: copy it again"

tools=$(mktemp -d)
mkdir -p "$(dirname -- "$target")"
done=no
finish() {
  rm -rf "$tools"
  [ "$done" = yes ] || rm -rf "$target"
}
trap finish EXIT
trap 'exit 130' INT TERM

echo "Installing into $target"
"$python" -m zipfile -e "$here"/wheelhouse/uv-*.whl "$tools"
chmod +x "$tools"/uv-*.data/scripts/uv
set -- "$tools"/uv-*.data/scripts/uv
UV_NO_CONFIG=1 UV_OFFLINE=1 UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
export UV_NO_CONFIG UV_OFFLINE UV_NO_CACHE UV_PYTHON_DOWNLOADS
"$1" venv --quiet --python "$python" "$target"
"$1" pip install --quiet --python "$target/bin/python" --no-index --no-deps --require-hashes --link-mode copy \
  --find-links "$here/wheelhouse" --find-links "$here/wheels" -r "$here/libraries.lock" -r "$here/wheels/amr.lock"
echo "Compiling what is hot, once"
"$target/bin/python" -m amr_bringup.warmup
done=yes
echo "Ready. Start the reference warehouse with: $target/bin/amr demo"
