#!/bin/sh
# Installs what the tests need and the machine has not; quick and silent where all is there.
#
# Usage: scripts/install_test_packages.sh [--check] [--bench] [--missing]
#   --check    also what `make check`, `make instructions` and `make fuzz` need
#   --bench    instead what scripts/bench.sh needs: itself, and to measure chatd against
#   --missing  installs nothing: prints the names of the missing packages, one a line
#
# Exits 1, with the names of the packages, where something is missing and cannot be installed
# (Debian packages need root). Run at the top of the tree.
set -u

for_check=no
for_bench=no
node_folders=test
only_report=no
for argument in "$@"; do
  case $argument in
    --check) for_check=yes ;;
    --bench)
      for_bench=yes
      node_folders="test test/bench/peers/uws"
      ;;
    --missing) only_report=yes ;;
    *)
      sed -n '2,10s/^# \{0,1\}//p' "$0"
      exit 2
      ;;
  esac
done

# A package, and the command or the file that shows that it is there.
packages() {
  cat <<'EOF'
python3                 /usr/bin/python3
python3-tornado         /usr/lib/python3/dist-packages/tornado
openssl                 openssl
ca-certificates         /etc/ssl/certs/ca-certificates.crt
nodejs                  node
npm                     npm
EOF
  if [ $for_bench = no ]; then
    cat <<'EOF'
python3-websockets      /usr/lib/python3/dist-packages/websockets
chromium                /usr/bin/chromium
fonts-wqy-zenhei        /usr/share/fonts/truetype/wqy
fonts-noto-color-emoji  /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf
EOF
  fi
  if [ $for_check = yes ]; then
    cat <<'EOF'
g++                     g++
make                    make
clang-14                clang++-14
clang-format-14         clang-format-14
clang-tidy-14           clang-tidy-14
valgrind                valgrind
libclang-rt-14-dev      /usr/lib/llvm-14/lib/clang/14.0.6/lib/linux
EOF
  fi
}

missing_packages() {
  packages | while read -r package sign; do
    case $sign in
      /*) [ -e "$sign" ] ;;
      *) command -v "$sign" >/dev/null 2>&1 ;;
    esac || echo "$package"
  done
}

# node_modules_are_there FOLDER: as its package-lock.json wants them.
node_modules_are_there() {
  [ -e "$1/node_modules/.package-lock.json" ] &&
    [ -z "$(find "$1/package-lock.json" -newer "$1/node_modules/.package-lock.json")" ]
}

if [ $only_report = yes ]; then
  missing_packages
  for folder in $node_folders; do
    node_modules_are_there "$folder" || echo "$folder/node_modules (cd $folder && npm ci)"
  done
  exit 0
fi

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 1' HUP INT TERM

status=0
complain() {
  tail -n 15 "$log" >&2
  echo "install_test_packages: $*" >&2
  status=1
}

# Debian's npm alone is 400 packages: where nothing is lost with the machine, dpkg need not fsync.
unsafe_io=
if [ "${CI:-}" = true ]; then unsafe_io="-o Dpkg::Options::=--force-unsafe-io"; fi
apt_get() {
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 $unsafe_io "$@" \
    >>"$log" 2>&1 </dev/null
}

install_packages() {
  please="please install:  apt-get install --no-install-recommends $*"
  if [ "$(id -u)" -ne 0 ]; then
    complain "not root; $please"
  elif ! command -v apt-get >/dev/null 2>&1; then
    complain "no apt-get here; $please"
  else
    echo "install_test_packages: installing $*"
    # Package lists that are empty or old fail at once; then they are refreshed.
    apt_get install --no-install-recommends "$@" ||
      { apt_get update || true; apt_get install --no-install-recommends "$@"; } ||
      complain "apt-get could not; $please"
  fi
}

missing=$(missing_packages)
if [ -n "$missing" ]; then
  # shellcheck disable=SC2086
  install_packages $missing
fi

for folder in $node_folders; do
  if node_modules_are_there "$folder"; then continue; fi
  echo "install_test_packages: installing $folder/node_modules (npm ci)"
  if (cd "$folder" && npm ci --ignore-scripts --omit=optional --no-audit --no-fund) \
    >>"$log" 2>&1 </dev/null; then
    touch "$folder/node_modules/.package-lock.json"
  else
    complain "npm ci could not; please try:  cd $folder && npm ci"
  fi
done
exit $status
