#!/bin/sh
# Finds each dependency of packages.txt, and writes the flags to build with it to a makefile.
#
# The system's own copy is taken where its headers and libraries are found; it is linked the usual
# way. Else the Debian packages are downloaded (not installed: no root is needed, but to refresh
# empty package lists faster) and unpacked below third_party/unpacked/<name>/; their archives are
# linked statically. Headers and archive come from the same package, so they cannot disagree.
#
# Usage: third_party/fetch.sh OUTPUT.mk        run at the top of the tree; CXX names the compiler
set -u
LC_ALL=C
export LC_ALL

output=$1
here=third_party
list=$here/packages.txt
top=$(pwd)
unpacked=$here/unpacked
CXX=${CXX:-g++}

say() { printf 'third_party: %s\n' "$*"; }
words() { printf '%s' "$1" | tr ',' ' '; }
blank_if_none() { if [ "$1" = - ]; then :; else words "$1"; fi; }

fail() {
  say "$*" >&2
  exit 1
}

command -v "${CXX%% *}" >/dev/null 2>&1 || fail "no compiler '$CXX': apt-get install g++"
multiarch=$($CXX -print-multiarch 2>/dev/null)

# Several makes may run in one tree; the first one fetches, the others wait and find it done.
if command -v flock >/dev/null 2>&1; then
  exec 9>"$here/.lock"
  flock 9
fi
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# on_system HEADERS LIBRARIES PKGCONFIG: sets found_flags and found_libraries, or answers no.
on_system() {
  found_flags=
  found_libraries=
  for library in $(blank_if_none "$2"); do found_libraries="$found_libraries -l$library"; done
  if [ "$3" != - ] && command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$3"; then
    found_flags=$(pkg-config --cflags-only-I "$3" | sed 's/-I/-isystem /g')
    if [ "$2" != - ]; then found_libraries=$(pkg-config --libs "$3"); fi
  fi
  for header in $(words "$1"); do echo "#include <$header>"; done >"$work/probe.cc"
  echo 'int main() {}' >>"$work/probe.cc"
  # Headers alone need only be there; libraries must link as well.
  if [ "$2" = - ]; then mode=-E; else mode=-std=c++17; fi
  # shellcheck disable=SC2086
  $CXX $mode $found_flags "$work/probe.cc" -o "$work/probe" $found_libraries >/dev/null 2>&1
}

# apt_get ARGUMENTS: apt-get with the system's package lists, or with our own.
apt_options=
apt_get() {
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get -q $apt_options "$@" >>"$work/apt.log" 2>&1 </dev/null
}

lists_fresh=no
refresh_lists() {
  [ $lists_fresh = no ] || return 1
  lists_fresh=yes
  say "refreshing the package lists (apt-get update)"
  if [ "$(id -u)" -ne 0 ]; then
    # Without root: lists of our own, from the same sources.
    state=$work/apt
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
    apt_options="-o Dir::State::Lists=$state/lists -o Dir::Cache=$state/cache"
  fi
  # One source that cannot be reached need not be the one that has what we want.
  apt_get update || true
}

# download PACKAGE…: puts their .deb files into the working directory.
download() {
  apt_get -o APT::Sandbox::User=root download "$@" && return 0
  refresh_lists && apt_get -o APT::Sandbox::User=root download "$@"
}

# fetch NAME PACKAGES: unpacks them below unpacked/NAME.
fetch() {
  target=$unpacked/$1
  if [ "$(cat "$target/.packages" 2>/dev/null)" = "$2" ]; then
    say "$1: unpacked before ($(words "$2"))"
    return 0
  fi
  if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
    say "$1: not on this system, and no apt-get here to fetch $(words "$2") with"
    return 1
  fi
  rm -rf "$work/debs" "$work/files"
  mkdir "$work/debs" "$work/files"
  cd "$work/debs" || return 1
  # shellcheck disable=SC2046
  download $(words "$2")
  status=$?
  cd "$top" || return 1
  if [ $status -ne 0 ]; then
    say "$1: not on this system, and $(words "$2") could not be downloaded"
    return 1
  fi
  for deb in "$work"/debs/*.deb; do
    dpkg-deb -x "$deb" "$work/files" || return 1
    say "$1: fetched $(dpkg-deb -f "$deb" Package) $(dpkg-deb -f "$deb" Version)"
  done
  printf '%s\n' "$2" >"$work/files/.packages"
  rm -rf "$target"
  mkdir -p "$unpacked"
  # Across file systems a move is a copy: copy beside the place first, so that it appears whole.
  rm -rf "$target.new"
  cp -R "$work/files" "$target.new" && mv "$target.new" "$target"
}

# use_unpacked NAME LIBRARIES: adds the flags for what lies below unpacked/NAME.
use_unpacked() {
  root=$unpacked/$1/usr
  for folder in "$root/include" "$root/include/$multiarch" "$root/share/include" \
    "$root/share/include/$1"; do
    if [ -d "$folder" ]; then flags="$flags -isystem $folder"; fi
  done
  for library in $(blank_if_none "$2"); do
    archive=$(find "$root/lib" -name "lib$library.a" 2>/dev/null | head -n 1)
    if [ -n "$archive" ]; then
      archives="$archives $archive"
    elif [ -d "$root/share/$library" ]; then
      sources="$sources $(find "$root/share/$library" -name '*.c' | sort | tr '\n' ' ')"
    else
      libraries="$libraries -l$library"
    fi
  done
}

flags=
archives=
libraries=
sources=
missing=
grep -Ev '^[[:space:]]*(#|$)' $list >"$work/list" || fail "$list is empty or not there"
while read -r name packages headers libs pkgconfig defines; do
  if on_system "$headers" "$libs" "$pkgconfig"; then
    say "$name: found on the system"
    flags="$flags $found_flags"
    libraries="$libraries $found_libraries"
  elif fetch "$name" "$packages"; then
    use_unpacked "$name" "$libs"
  else
    missing="$missing $(words "$packages")"
    continue
  fi
  for define in $(blank_if_none "$defines"); do flags="$flags -D$define"; done
done <"$work/list"

if [ -n "$missing" ]; then
  tail -n 5 "$work/apt.log" >&2 2>/dev/null
  fail "please install what is missing, then make again:  apt-get install$missing"
fi

cat >"$work/deps.mk" <<EOF
# Written by third_party/fetch.sh. "make distclean" removes it, the next make finds out anew.
DEPS_FLAGS := $flags
DEPS_ARCHIVES := $archives
DEPS_LIBRARIES := $libraries
DEPS_SOURCES := $sources
EOF
cp "$work/deps.mk" "$output.new" && mv "$output.new" "$output"
