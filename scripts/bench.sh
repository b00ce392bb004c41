#!/bin/sh
# Measures chatd, and others where they can be had, and checks every delivery while doing so.
#
# Usage: scripts/bench.sh [--quick] [--only NAME …] [--rounds N] [--no-install] [--list]
#        scripts/bench.sh --url ws://127.0.0.1:8888/chat [--login form]
#
# Builds what it needs, installs whom chatd is measured against (from Debian and npm), starts the
# servers itself on loopback and ends them; prints a table and writes build/bench/result.json and
# result.svg. `scripts/bench.sh --help` tells all flags.
set -eu
cd "$(dirname "$0")/.."

[ -x /usr/bin/python3 ] || { echo "please:  apt-get install python3" >&2; exit 1; }
case " $* " in
  *" --help "* | *" -h "* | *" --list "*) ;;
  *)
    echo "building …" >&2
    ${MAKE:-make} -s bench_programs >&2
    ;;
esac
case " $* " in
  *" --help "* | *" -h "* | *" --list "* | *" --url"* | *" --no-install "*) ;;
  # Who cannot be had is named in the table, with the reason.
  *) scripts/install_test_packages.sh --bench >&2 || true ;;
esac
exec /usr/bin/python3 scripts/bench.py "$@"
