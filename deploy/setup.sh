#!/bin/sh
# Make .venv from a lock file: sh deploy/setup.sh LOCKFILE STAMP
set -eu
lock=$1 stamp=$2

python=
for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3 python; do
  [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "Paperround needs Python 3.11 or later, and none was found. Install one, or name it: make PYTHON=/path/to/python3.11" >&2
  exit 1
fi

if [ ! -x .venv/bin/pip ]; then
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    # Debian keeps venv's other half in a package of its own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
      echo "Installing python3-venv, which Debian packages apart from Python ..."
      apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
    else
      echo "This Python has no venv module. On Debian and Ubuntu: sudo apt-get install python3-venv; then run make again." >&2
      exit 1
    fi
  fi
  echo "Making .venv with $("$python" --version) ..."
  "$python" -m venv .venv
fi
echo "Installing the packages of $lock (once; a minute or two) ..."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
touch "$stamp"
